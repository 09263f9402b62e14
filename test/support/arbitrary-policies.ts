/** Arbitrary selectors, and arbitrary NetworkPolicies of somebody else. */

import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../src/crds/group.ts";
import type { LabelSelector } from "../../src/kubernetes/selectors.ts";
import { GOVERNED } from "./arbitrary-access.ts";

const KEYS = [WORKLOAD_LABEL, "app.kubernetes.io/managed-by", "pod-template-hash", "tier"] as const;
const VALUES = ["web", "api", "palisade", "6d5f", "", "gold"] as const;
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom(...VALUES);

const requirement = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist") }),
);

/** Selectors that the API server accepts. */
export const arbitrarySelector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(key, value, { maxKeys: 2 }),
    matchExpressions: fc.array(requirement, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

export const arbitraryLabels: fc.Arbitrary<Record<string, string>> = fc.dictionary(key, value, { maxKeys: 4 });

const foreignPeer = fc.oneof(
  fc.record({ ipBlock: fc.constantFrom({ cidr: "0.0.0.0/0" }, { cidr: "10.0.0.0/8", except: ["10.244.0.0/28"] }) }),
  fc.record({ podSelector: arbitrarySelector }),
  fc.record({ namespaceSelector: arbitrarySelector, podSelector: fc.constant({}) }),
  fc.constant({ namespaceSelector: {} }),
);

const foreignPort = fc.oneof(
  fc.record({ protocol: fc.constantFrom("TCP", "UDP", "SCTP") }, { requiredKeys: [] }),
  fc.record({ port: fc.constantFrom<number | string>(80, 8080, "port-a") }),
  fc.constant({ port: 80, endPort: 9_000 }),
);

const rules = (peers: "from" | "to") =>
  fc.array(
    fc.record(
      {
        [peers]: fc.array(foreignPeer, { maxLength: 2 }),
        ports: fc.array(foreignPort, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  );

/** NetworkPolicies that a person with edit rights might make beside the workloads'. */
export const arbitraryForeignPolicies: fc.Arbitrary<readonly KubeObject[]> = fc
  .array(
    fc.record({
      namespace: fc.constantFrom(...GOVERNED),
      spec: fc.record(
        {
          podSelector: arbitrarySelector,
          policyTypes: fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]),
          ingress: rules("from"),
          egress: rules("to"),
        },
        { requiredKeys: ["podSelector"] },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((list) =>
    list.map((policy, index) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `foreign-${index}`, namespace: policy.namespace },
      spec: policy.spec,
    })),
  );
