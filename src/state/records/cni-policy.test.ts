import { expect, test } from "@jest/globals";
import { apiVersionOf, type KubeObject, type Resource } from "kopf-ts";
import type { WorkloadRef } from "../../expand/input.ts";
import {
  ADMIN_NETWORK_POLICY,
  CALICO_GLOBAL_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  FQDN_NETWORK_POLICY,
} from "../../kubernetes/kinds.ts";
import { couldOpen, openedBy } from "./cni-policy.ts";

const WEB: WorkloadRef = { namespace: "shop", name: "web", uid: "u", labels: {} };

const policy = (resource: Resource, body: object, name = "open"): KubeObject => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  metadata: { name, namespace: "shop" },
  ...body,
});

const opens = (resource: Resource, body: object, name?: string): boolean =>
  openedBy(resource, policy(resource, body, name)).some((selection) => couldOpen(selection, WEB));

const TO_ALL = [{ toEntities: ["all"] }];
const cilium = (endpointSelector: object, more: object = { egress: TO_ALL }): object => ({
  spec: { endpointSelector, ...more },
});
const calico = (selector: string, more: object = { egress: [{ action: "Allow" }] }): object => ({
  spec: { selector, ...more },
});

test.each<{ name: string; resource: Resource; body: object; expected: boolean }>([
  { name: "of Cilium for every pod", resource: CILIUM_NETWORK_POLICY, body: cilium({}), expected: true },
  {
    name: "of Cilium for the workload's label, with its source",
    resource: CILIUM_NETWORK_POLICY,
    body: cilium({ matchLabels: { "k8s:palisade.dev/workload": "web" } }),
    expected: true,
  },
  {
    name: "of Cilium for its account",
    resource: CILIUM_NETWORK_POLICY,
    body: cilium({ matchLabels: { "io.cilium.k8s.policy.serviceaccount": "web" } }),
    expected: true,
  },
  {
    name: "of Cilium for the hash of its template",
    resource: CILIUM_NETWORK_POLICY,
    body: cilium({ matchExpressions: [{ key: "any:pod-template-hash", operator: "In", values: ["x"] }] }),
    expected: true,
  },
  {
    name: "of Cilium for other pods",
    resource: CILIUM_NETWORK_POLICY,
    body: cilium({ matchLabels: { "k8s:app": "other" } }),
    expected: false,
  },
  {
    name: "of Cilium that only isolates",
    resource: CILIUM_NETWORK_POLICY,
    body: cilium({}, { ingress: [{}], egress: [{}] }),
    expected: false,
  },
  {
    name: "of Cilium that only denies",
    resource: CILIUM_NETWORK_POLICY,
    body: cilium({}, { egressDeny: TO_ALL }),
    expected: false,
  },
  {
    name: "of Cilium in a list of specs for other pods",
    resource: CILIUM_NETWORK_POLICY,
    body: { specs: [{ endpointSelector: { matchLabels: { app: "other" } }, egress: TO_ALL }] },
    expected: false,
  },
  {
    name: "of Cilium in a list of specs",
    resource: CILIUM_NETWORK_POLICY,
    body: { specs: [{ endpointSelector: {}, ingress: [{ fromEntities: ["world"] }] }] },
    expected: true,
  },
  {
    name: "of Cilium for the cluster's nodes",
    resource: CILIUM_CLUSTERWIDE_NETWORK_POLICY,
    body: { spec: { nodeSelector: {}, ingress: [{ fromEntities: ["world"] }] } },
    expected: false,
  },
  {
    name: "of Cilium for another namespace of the cluster",
    resource: CILIUM_CLUSTERWIDE_NETWORK_POLICY,
    body: cilium({ matchLabels: { "k8s:io.kubernetes.pod.namespace": "other" } }),
    expected: false,
  },
  { name: "of Calico for every pod", resource: CALICO_NETWORK_POLICY, body: calico(""), expected: true },
  {
    name: "of Calico, whose selectors are not read",
    resource: CALICO_NETWORK_POLICY,
    body: calico("app == 'other'"),
    expected: true,
  },
  {
    name: "of Calico that passes on",
    resource: CALICO_NETWORK_POLICY,
    body: calico("all()", { ingress: [{ action: "Pass" }] }),
    expected: true,
  },
  {
    name: "of Calico that only denies and logs",
    resource: CALICO_NETWORK_POLICY,
    body: calico("all()", { ingress: [{ action: "Log" }, { action: "Deny" }] }),
    expected: false,
  },
  {
    name: "of Calico for the cluster",
    resource: CALICO_GLOBAL_NETWORK_POLICY,
    body: { spec: { namespaceSelector: "projectcalico.org/name == 'other'", egress: [{ action: "Allow" }] } },
    expected: true,
  },
  {
    name: "of GKE for names",
    resource: FQDN_NETWORK_POLICY,
    body: { spec: { podSelector: {}, egress: [{ matches: [{ pattern: "*" }] }] } },
    expected: true,
  },
  {
    name: "of an administrator for every pod of the namespace",
    resource: ADMIN_NETWORK_POLICY,
    body: {
      spec: {
        subject: { namespaces: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } },
        ingress: [{ action: "Allow" }],
      },
    },
    expected: true,
  },
  {
    name: "of an administrator for another namespace",
    resource: ADMIN_NETWORK_POLICY,
    body: {
      spec: {
        subject: { namespaces: { matchLabels: { "kubernetes.io/metadata.name": "other" } } },
        ingress: [{ action: "Allow" }],
      },
    },
    expected: false,
  },
  {
    name: "of an administrator for pods by label",
    resource: CLUSTER_NETWORK_POLICY,
    body: {
      spec: {
        tier: "Admin",
        subject: { pods: { namespaceSelector: { matchLabels: { team: "x" } }, podSelector: {} } },
        egress: [{ action: "Accept" }],
      },
    },
    expected: true,
  },
  {
    name: "of an administrator that leaves it to NetworkPolicies",
    resource: CLUSTER_NETWORK_POLICY,
    body: { spec: { tier: "Admin", subject: { namespaces: {} }, egress: [{ action: "Pass" }, { action: "Deny" }] } },
    expected: false,
  },
  {
    name: "of an administrator beneath NetworkPolicies",
    resource: CLUSTER_NETWORK_POLICY,
    body: { spec: { tier: "Baseline", subject: { namespaces: {} }, egress: [{ action: "Accept" }] } },
    expected: false,
  },
])("a policy $name opens the pods: $expected", ({ resource, body, expected }) => {
  expect(opens(resource, body)).toBe(expected);
});

test("NetworkPolicies that Calico mirrors are not taken for its own", () => {
  expect(opens(CALICO_NETWORK_POLICY, calico("all()"), "knp.default.web")).toBe(false);
});
