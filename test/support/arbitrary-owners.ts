/** Objects that are a workload's child, or nearly: of every kind, under right and wrong names, with owner references of every sort. */

import fc from "fast-check";
import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from "kopf-ts";
import { isOurs } from "../../src/admission/ownership.ts";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { API_VERSION, SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { CHILD_KINDS } from "../../src/expand/child-kinds.ts";
import {
  CALICO_NETWORK_POLICY,
  CONFIG_MAP,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  ROLE,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from "../../src/kubernetes/kinds.ts";

const labels = { app: "x" };
const podSpec = { containers: [{ name: "c", image: "registry.example.com/c:1" }] };
const apps = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } } };
const job = { template: { spec: { ...podSpec, restartPolicy: "Never" } } };

/** As little as the API server takes. */
const BODIES: readonly (readonly [Resource, object])[] = [
  [NETWORK_POLICY, { spec: { podSelector: {} } }],
  [CALICO_NETWORK_POLICY, { spec: {} }],
  [SERVICE_ACCOUNT, {}],
  [ROLE, { rules: [] }],
  [ROLE_BINDING, { roleRef: { apiGroup: ROLE.group, kind: "Role", name: "x" } }],
  [SERVICE, { spec: { ports: [{ port: 80 }] } }],
  [POD_DISRUPTION_BUDGET, { spec: { selector: {} } }],
  [DEPLOYMENT, apps],
  [STATEFUL_SET, apps],
  [DAEMON_SET, apps],
  [REPLICA_SET, apps],
  [JOB, { spec: job }],
  [CRON_JOB, { spec: { schedule: "0 3 * * *", jobTemplate: { spec: job } } }],
  [
    HORIZONTAL_POD_AUTOSCALER,
    { spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" }, maxReplicas: 1 } },
  ],
  [INGRESS, { spec: { defaultBackend: { service: { name: "x", port: { number: 80 } } } } }],
  [HTTP_ROUTE, { spec: {} }],
  [CONFIG_MAP, {}],
  [POD, { spec: podSpec }],
];

const WORKLOADS = ["web", "db", "web-pods"];

const reference = fc.record({
  apiVersion: fc.constantFrom(
    API_VERSION,
    API_VERSION,
    `${SECURE_WORKLOAD.group}/v9`,
    "palisade.dev.example.com/v1",
    "v1",
  ),
  kind: fc.constantFrom(SECURE_WORKLOAD.kind, SECURE_WORKLOAD.kind, "SecurityBaseline", "Deployment"),
  name: fc.constantFrom(...WORKLOADS),
  uid: fc.constantFrom("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"),
});

/** One of them controls the object at most: the API server takes no more. */
const references: fc.Arbitrary<readonly OwnerReference[]> = fc
  .tuple(fc.array(reference, { maxLength: 2 }), fc.constantFrom(0, 0, 0, 1, 2), fc.boolean())
  .map(([all, controlling, written]) =>
    all.map((one, index) =>
      index === controlling ? { ...one, controller: true } : written ? { ...one, controller: false } : one,
    ),
  );

const namesOf = (resource: Resource): readonly string[] => {
  const right = CHILD_KINDS.filter((kind) => kind.resource === resource).flatMap(({ nameFor }) =>
    WORKLOADS.map(nameFor),
  );
  return [...right, ...right, ...WORKLOADS, "web-2", "palisade-web"];
};

/** A name with its owner: the child's own, or any of both. Alone, nearly every object would be wrong in something. */
const owned = (resource: Resource): fc.Arbitrary<readonly [string, readonly OwnerReference[]]> => {
  const right = fc
    .tuple(fc.constantFrom(...namesOf(resource)), fc.constantFrom(...WORKLOADS), reference)
    .map(([name, workload, one]) => {
      const kinds = CHILD_KINDS.filter((kind) => kind.resource === resource);
      const owner = { ...one, apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, name: workload, controller: true };
      return [
        kinds.length === 0 ? name : (kinds[name.length % kinds.length]?.nameFor(workload) ?? name),
        [owner],
      ] as const;
    });
  return fc.oneof(right, fc.tuple(fc.constantFrom(...namesOf(resource)), references));
};

/** With the resource that it is of. */
export const arbitraryOwned: fc.Arbitrary<readonly [Resource, KubeObject]> = fc
  .constantFrom(...BODIES)
  .chain(([resource, body]) =>
    owned(resource).map(([name, ownerReferences]) => [
      resource,
      { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name, ownerReferences }, ...body },
    ]),
  );

/** Refuses in one namespace whatever is not ours. */
export const ownershipPolicy = (namespace: string): AdmissionPolicy => ({
  name: "palisade-test-ownership",
  cases: [],
  about: "Judges whose an object is.",
  rules: BODIES.map(([{ group, plural }]) => ({ apiGroups: [group], operations: ["CREATE"], resources: [plural] })),
  conditions: [],
  validations: [{ expression: isOurs("object"), message: "not ours" }],
  bindings: [{ actions: ["Deny"], namespaces: { label: "kubernetes.io/metadata.name", values: [namespace] } }],
});
