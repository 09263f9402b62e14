/** What the generated policies say; that the API server understands them so is in test/integration. */
import { describe, expect, test } from "@jest/globals";
import { LIFTABLE_RULES } from "../crds/v1alpha1/liftable-rules.ts";
import { DEFAULT_INSTALLATION } from "../installation.ts";
import { POD_POLICIES } from "../policies/index.ts";
import { liftedText } from "./lifted.ts";
import { podBaseline } from "./pod-baseline.ts";
import { admissionObjects } from "./policy.ts";

const LIFTABLE: ReadonlySet<string> = new Set(LIFTABLE_RULES);
const policies = podBaseline(DEFAULT_INSTALLATION);

/** The API server takes more; a message that fills the screen is not read. */
const LONGEST_MESSAGE = 512;

describe.each(policies)("$name", ({ validations, variables = [], conditions, bindings }) => {
  test("asks every rule once, in their order, unless it is lifted", () => {
    expect(validations).toHaveLength(POD_POLICIES.length);
    for (const [index, { id, cel }] of POD_POLICIES.entries()) {
      const expression = validations[index]?.expression ?? "";
      expect(expression.includes(`variables.lifted.contains(',${id},')`)).toBe(LIFTABLE.has(id));
      expect(expression).toContain(cel);
    }
  });

  test("says which rule is broken, what it demands and what to do", () => {
    for (const [index, { id, demand, fix }] of POD_POLICIES.entries()) {
      const message = validations[index]?.message ?? "";
      expect(message).toBe(`palisade: ${demand.slice(0, -1)} (rule ${id}). ${fix}`);
      expect(message).not.toContain("\n");
      expect(message.length).toBeLessThan(LONGEST_MESSAGE);
    }
  });

  test("names no variable that is not there", () => {
    const known = new Set(variables.map(({ name }) => `variables.${name}`));
    const named = [...validations, ...variables].flatMap(({ expression }) => expression.match(/variables\.\w+/g) ?? []);
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  test("refuses, and looks only at what it is for", () => {
    expect(bindings.map(({ actions }) => actions)).toEqual([["Deny"]]);
    expect(conditions.length).toBeGreaterThan(0);
  });
});

test("each policy has a name of its own, and the text is the same each time", () => {
  expect(new Set(policies.map(({ name }) => name)).size).toBe(policies.length);
  const text = (): string => JSON.stringify(podBaseline(DEFAULT_INSTALLATION).flatMap(admissionObjects));
  expect(text()).toBe(text());
});

test("an operator that is installed elsewhere is held by its own name", () => {
  const elsewhere = podBaseline({
    ...DEFAULT_INSTALLATION,
    namespace: "security",
    account: "guard",
    keeper: "gatekeeper",
  });
  expect(JSON.stringify(elsewhere)).toContain("system:serviceaccount:security:guard");
  expect(JSON.stringify(elsewhere)).not.toContain("palisade-system");
});

test("lifted rules are listed sorted, each between commas, and nothing is written for none", () => {
  expect(liftedText(["read-only-root", "non-root"])).toBe(",non-root,read-only-root,");
  expect(liftedText([])).toBeUndefined();
});
