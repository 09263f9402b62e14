import { describe, expect, test } from "@jest/globals";
import { PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";
import { DEFAULT_INSTALLATION } from "../installation.ts";
import { GUARDS, guardsFor } from "../reconcilers/admission/policies.ts";
import { admissionObjects } from "./policy.ts";

/** Two checks of the authorizer fit one expression, and 28 one policy: the API server counts each as 350,000. */
const CHECK = /\.check\(/g;
const checksOf = (expression: string): number => expression.match(CHECK)?.length ?? 0;

describe.each(GUARDS.map((policy) => ({ name: policy.name, policy })))("$name", ({ name, policy }) => {
  const { validations, variables = [], auditAnnotations = [], conditions, bindings, about } = policy;

  test("is named, explained and bound", () => {
    expect(name).toMatch(/^palisade-[a-z0-9-]+$/);
    expect(about).toMatch(/[.]$/);
    expect(bindings.length).toBeGreaterThan(0);
  });

  test("says what to do instead, in one line", () => {
    for (const { message } of validations) expect(message).toMatch(/^[^\n]+[.]$/);
  });

  test("asks the authorizer no more than one policy may", () => {
    const inVariables = variables.map(({ expression }) => checksOf(expression));
    const inValidations = validations.map(({ expression }) => checksOf(expression));
    for (const checks of [...inVariables, ...inValidations]) expect(checks).toBeLessThanOrEqual(1);
    expect([...inVariables, ...inValidations].reduce((sum, checks) => sum + checks, 0)).toBeLessThanOrEqual(27);
  });

  test("asks it nothing in an audit annotation, which could not be evaluated", () => {
    const asks = new Set(variables.filter(({ expression }) => checksOf(expression) > 0).map((one) => one.name));
    for (const { valueExpression } of auditAnnotations) {
      expect(checksOf(valueExpression)).toBe(0);
      for (const variable of asks) expect(valueExpression).not.toContain(`variables.${variable}`);
    }
  });

  test("reads no variable in a condition, which knows none", () => {
    for (const { expression } of conditions) expect(expression).not.toMatch(/variables[.]|namespaceObject/);
  });

  test("reads no field of a request that is left out where it is empty", () => {
    const texts = [...conditions, ...variables, ...validations].map(({ expression }) => expression);
    for (const text of texts) expect(text).not.toMatch(/request[.](subResource|name|options)\b/);
  });
});

test("names are unique", () => {
  const names = GUARDS.flatMap(admissionObjects).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});

test("every permission of the menu is a check of the deputy", () => {
  const messages = GUARDS.filter(({ name }) => /^palisade-deputy-\d/.test(name)).flatMap(
    ({ validations }) => validations,
  );
  expect(messages).toHaveLength(Object.values(PERMISSION_MENU).flat().length);
});

test("another installation is another operator", () => {
  const elsewhere = guardsFor({
    ...DEFAULT_INSTALLATION,
    namespace: "security",
    account: "guard",
    keeper: "gatekeeper",
  });
  const text = JSON.stringify(elsewhere);
  expect(text).toContain("system:serviceaccount:security:guard");
  expect(text).toContain("system:serviceaccount:security:gatekeeper");
  expect(text).not.toContain(`system:serviceaccount:${DEFAULT_INSTALLATION.namespace}`);
});
