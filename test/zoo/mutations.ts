/** Mutating policies that do what the webhooks of well-known programs do. They leave the cluster's own namespaces alone, as those do. */
import type { KubeObject } from "kopf-ts";

const GROUP = "admissionregistration.k8s.io";

const NOT_SYSTEM = {
  matchExpressions: [
    { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system", "palisade-system"] },
  ],
};

export interface Mutated {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly operations?: readonly string[];
}

export const PODS: Mutated = { apiGroups: [""], resources: ["pods"], operations: ["CREATE"] };

/** `expression` is CEL that yields what is merged into the object; `condition` is CEL that must hold. Atomic lists and maps cannot be merged into. */
export const mutation = (
  name: string,
  mutated: Mutated,
  expression: string,
  condition?: string,
): readonly KubeObject[] =>
  policy(name, mutated, {
    reinvocationPolicy: "IfNeeded",
    mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }],
    matchConditions: conditions(condition),
  });

/** `expression` is CEL that yields a list of `JSONPatch`. */
export const patching = (
  name: string,
  mutated: Mutated,
  expression: string,
  condition?: string,
): readonly KubeObject[] =>
  policy(name, mutated, {
    reinvocationPolicy: "Never",
    mutations: [{ patchType: "JSONPatch", jsonPatch: { expression } }],
    matchConditions: conditions(condition),
  });

const conditions = (condition: string | undefined) =>
  condition === undefined ? [] : [{ name: "concerned", expression: condition }];

function policy(
  name: string,
  { apiGroups, resources, operations = ["CREATE", "UPDATE"] }: Mutated,
  spec: object,
): readonly KubeObject[] {
  return [
    {
      apiVersion: `${GROUP}/v1`,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        // One that is written wrongly shows: no pod is made.
        failurePolicy: "Fail",
        matchConstraints: {
          namespaceSelector: NOT_SYSTEM,
          resourceRules: [{ apiGroups, apiVersions: ["*"], operations, resources }],
        },
        ...spec,
      },
    },
    {
      apiVersion: `${GROUP}/v1`,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ] as unknown as readonly KubeObject[];
}

/** Merges `fields`, CEL of `Object.spec.containers{…}`, into every container of a pod. */
export const inEveryContainer = (fields: string): string =>
  `Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, ${fields}})}}`;

/** As `env: […]` of {@link inEveryContainer}. */
export const variables = (values: Readonly<Record<string, string>>): string =>
  `env: [${Object.entries(values)
    .map(([name, value]) => `Object.spec.containers.env{name: "${name}", value: "${value}"}`)
    .join(", ")}]`;

/** Patches that put `item`, CEL, at the end of a list of the pod's spec. */
export const appended = (list: string, item: string): string =>
  `has(object.spec.${list})
    ? [JSONPatch{op: "add", path: "/spec/${list}/-", value: ${item}}]
    : [JSONPatch{op: "add", path: "/spec/${list}", value: [${item}]}]`;

/** A container beside the application's that keeps to the rules of the pod baseline. */
export const sidecar = (list: "containers" | "initContainers", name: string, image: string): string => {
  const type = `Object.spec.${list}`;
  const security = `${type}.securityContext{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true,
    capabilities: ${type}.securityContext.capabilities{drop: ["ALL"]}}`;
  const restart = list === "initContainers" ? 'restartPolicy: "Always", ' : "";
  const resources = `${type}.resources{requests: {"cpu": "10m", "memory": "32Mi", "ephemeral-storage": "64Mi"}, limits: {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "64Mi"}}`;
  const container = `${type}{name: "${name}", image: "${image}", ${restart}securityContext: ${security}, resources: ${resources}}`;
  return appended(list, container);
};
