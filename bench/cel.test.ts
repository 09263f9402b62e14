import { expect, test } from "@jest/globals";
import type { AdmissionPolicy } from "../src/admission/policy.ts";
import { ADMISSION_POLICIES } from "../src/reconcilers/admission/policies.ts";
import { type AskedRequest, celOf, FREQUENT } from "./cel.ts";

const POLICY: AdmissionPolicy = {
  name: "palisade-toy",
  cases: [],
  about: "A toy.",
  rules: [{ apiGroups: ["apps"], operations: ["UPDATE"], resources: ["deployments", "deployments/*"] }],
  conditions: [{ name: "four", expression: "true" }],
  variables: [{ name: "three", expression: "1+1" }],
  validations: [{ expression: "false", message: "no" }],
  bindings: [{ actions: ["Deny"], namespaces: { label: "sealed", values: ["yes"] } }],
};

const REQUEST: AskedRequest = {
  group: "apps",
  resource: "deployments",
  operation: "UPDATE",
  labels: { sealed: "yes" },
};

const NONE = { policies: 0, conditions: 0, atMost: 0 };
const TOY = { policies: 1, conditions: 4, atMost: 12 };

test.each([
  { what: "what it is bound to", request: REQUEST, cost: TOY },
  { what: "a subresource", request: { ...REQUEST, resource: "deployments/scale" }, cost: TOY },
  { what: "another operation", request: { ...REQUEST, operation: "DELETE" as const }, cost: NONE },
  { what: "another resource", request: { ...REQUEST, resource: "daemonsets" }, cost: NONE },
  { what: "another group", request: { ...REQUEST, group: "batch" }, cost: NONE },
  { what: "another namespace", request: { ...REQUEST, labels: { sealed: "no" } }, cost: NONE },
  { what: "a namespace without the label", request: { ...REQUEST, labels: {} }, cost: NONE },
])("a policy costs, for $what, $cost.atMost bytes", ({ request, cost }) => {
  expect(celOf([POLICY], request)).toEqual(cost);
});

test("a policy without selectors is asked everywhere, and one for what lacks a label only there", () => {
  const [binding] = POLICY.bindings;
  const elsewhere = { ...REQUEST, labels: {} };
  expect(celOf([{ ...POLICY, bindings: [{ actions: ["Deny"] }] }], elsewhere)).toEqual(TOY);
  expect(celOf([{ ...POLICY, namespaces: { label: "exempt", absent: true } }], REQUEST)).toEqual(TOY);
  expect(celOf([{ ...POLICY, namespaces: { label: "sealed", absent: true } }], REQUEST)).toEqual(NONE);
  expect(binding?.namespaces?.label).toBe("sealed");
});

/** A rule that costs more has to be worth it: raise the limit together with it, and measure with make bench. */
test.each(FREQUENT)("$what is asked no more CEL than its limit", ({ limit, ...request }) => {
  const { conditions, atMost } = celOf(ADMISSION_POLICIES, request);
  expect({
    conditions: conditions <= limit.conditions,
    atMost: atMost <= limit.atMost,
    cost: { conditions, atMost },
  }).toEqual({
    conditions: true,
    atMost: true,
    cost: { conditions, atMost },
  });
});
