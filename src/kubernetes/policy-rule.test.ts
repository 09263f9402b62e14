import { expect, test } from "@jest/globals";
import { mergedRules } from "./policy-rule.ts";

test("verbs of one resource come together in the usual order, and resources with the same verbs in one rule", () => {
  const rules = mergedRules([
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["update", "get"] },
    { apiGroups: [""], resources: ["services", "configmaps"], verbs: ["list"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["delete", "get", "breakglass"] },
  ]);
  expect(rules).toEqual([
    { apiGroups: [""], resources: ["configmaps", "services"], verbs: ["list"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "update", "delete", "breakglass"] },
  ]);
});

test("what holds for named objects alone is never merged into what holds for all", () => {
  const rules = mergedRules([
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["b", "a"], verbs: ["delete"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a", "b"], verbs: ["update"] },
  ]);
  expect(rules).toEqual([
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a", "b"], verbs: ["update", "delete"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
  ]);
});
