import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { couldMutate, type Mutated, shapeMutator } from "./mutator.ts";

const object = (kind: string, body: object): KubeObject =>
  ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: "m", generation: 2 },
    ...body,
  }) as KubeObject;
const webhook = (changes: object = {}): KubeObject =>
  object("MutatingWebhookConfiguration", {
    webhooks: [
      {
        name: "inject.example.com",
        rules: [{ apiGroups: [""], operations: ["CREATE"], resources: ["pods"] }],
        ...changes,
      },
    ],
  });

const POD: Mutated = { group: "", plural: "pods", labels: { app: "web" }, namespaceLabels: { team: "shop" } };

test.each([
  { name: "a webhook on pods", mutator: webhook(), expected: true },
  { name: "one on everything", mutator: webhook({ rules: [{ apiGroups: ["*"], resources: ["*"] }] }), expected: true },
  {
    name: "one on updates",
    mutator: webhook({ rules: [{ apiGroups: [""], operations: ["UPDATE"], resources: ["pods"] }] }),
    expected: false,
  },
  {
    name: "one on Services",
    mutator: webhook({ rules: [{ apiGroups: [""], operations: ["*"], resources: ["services"] }] }),
    expected: false,
  },
  {
    name: "one of this namespace",
    mutator: webhook({ namespaceSelector: { matchLabels: { team: "shop" } } }),
    expected: true,
  },
  {
    name: "one of another namespace",
    mutator: webhook({ namespaceSelector: { matchLabels: { team: "bank" } } }),
    expected: false,
  },
  {
    name: "one of other pods",
    mutator: webhook({ objectSelector: { matchLabels: { inject: "true" } } }),
    expected: false,
  },
  { name: "one without rules", mutator: webhook({ rules: undefined }), expected: false },
  {
    name: "a policy on pods",
    mutator: object("MutatingAdmissionPolicy", {
      spec: { matchConstraints: { resourceRules: [{ apiGroups: [""], operations: ["CREATE"], resources: ["pods"] }] } },
    }),
    expected: true,
  },
  {
    name: "a binding without rules of its own",
    mutator: object("MutatingAdmissionPolicyBinding", { spec: { policyName: "p" } }),
    expected: true,
  },
  {
    name: "a binding to another namespace",
    mutator: object("MutatingAdmissionPolicyBinding", {
      spec: { policyName: "p", matchResources: { namespaceSelector: { matchLabels: { team: "bank" } } } },
    }),
    expected: false,
  },
])("$name: $expected", ({ mutator, expected }) => {
  expect(couldMutate(shapeMutator(mutator), POD)).toBe(expected);
});

test("one on updates could change an update", () => {
  const onUpdates = webhook({ rules: [{ apiGroups: [""], operations: ["UPDATE"], resources: ["pods"] }] });
  expect(couldMutate(shapeMutator(onUpdates), { ...POD, operation: "UPDATE" })).toBe(true);
  expect(couldMutate(shapeMutator(webhook()), { ...POD, operation: "UPDATE" })).toBe(false);
});
