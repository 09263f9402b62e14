import { expect, test } from "@jest/globals";
import { aClusterState } from "../../test/support/cluster-state.ts";
import {
  MUTATING_ADMISSION_POLICY,
  MUTATING_ADMISSION_POLICY_BINDING,
  MUTATING_WEBHOOK_CONFIGURATION,
} from "../kubernetes/kinds.ts";

const POD = { group: "", plural: "pods", labels: {}, namespaceLabels: {} };
const RULES = [{ apiGroups: [""], operations: ["CREATE"], resources: ["pods"] }];

test("names webhooks that select the object, and policies that a binding puts into force", () => {
  const { state, put } = aClusterState();
  expect(state.mutators.of(POD)).toEqual([]);
  put(MUTATING_WEBHOOK_CONFIGURATION, { metadata: { name: "injector" }, webhooks: [{ rules: RULES }] });
  put(MUTATING_ADMISSION_POLICY, { metadata: { name: "bound" }, spec: { matchConstraints: { resourceRules: RULES } } });
  put(MUTATING_ADMISSION_POLICY, { metadata: { name: "idle" }, spec: { matchConstraints: { resourceRules: RULES } } });
  put(MUTATING_ADMISSION_POLICY_BINDING, { metadata: { name: "binding" }, spec: { policyName: "bound" } });
  expect(state.mutators.of(POD)).toEqual(["MutatingAdmissionPolicy/bound", "MutatingWebhookConfiguration/injector"]);
});

test("the version moves with what is configured, and not with a status", () => {
  const { state, put } = aClusterState();
  let told = 0;
  state.mutators.onChange(() => {
    told += 1;
  });
  const { version } = state.mutators;
  const configured = { metadata: { name: "injector" }, webhooks: [{ rules: RULES }] };
  put(MUTATING_WEBHOOK_CONFIGURATION, configured);
  expect(state.mutators.version).toBe(version + 1);
  put(MUTATING_WEBHOOK_CONFIGURATION, { ...configured, metadata: { name: "injector", annotations: { seen: "1" } } });
  expect(state.mutators.version).toBe(version + 1);
  expect(told).toBe(1);
});
