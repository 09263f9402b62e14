import { API_VERSION, MANAGED_BY_LABEL, NAME_LABEL, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../../../crds/group.ts";
import type { SecureWorkloadSpec } from "../../../crds/v1alpha1/secure-workload.ts";
import type { KubeObject, ObjectMeta } from "../../../kopf/object.ts";
import type { Resource } from "../../../kopf/resource.ts";
import { apiVersionOf } from "../../../kopf/resource.ts";

/** What the cluster is known to offer. A fact that is not known is absent, and whatever needs it narrows or waits. */
export interface ClusterFacts {
  readonly dns: DnsFacts | undefined;
  /** Where the Kubernetes API answers: the endpoints themselves and the Service in front of them. */
  readonly apiServer: readonly { readonly ip: string; readonly port: number }[] | undefined;
  /** The PodSecurity version to pin, `v1.37` for example. */
  readonly podSecurityVersion: string;
}

export interface DnsFacts {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly protocol: "TCP" | "UDP"; readonly port: number }[];
}

/** What was decided once for a workload and stays: see `identity.ts`. */
export interface PodIdentity {
  readonly uid: number;
  readonly userNamespace: boolean;
}

export interface WorkloadRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ExpandInput {
  readonly workload: WorkloadRef;
  readonly spec: SecureWorkloadSpec;
  readonly identity: PodIdentity;
  readonly facts: ClusterFacts;
}

/** The only labels of a SecureWorkload that its children carry too. */
const INHERITED_LABELS = [
  "app.kubernetes.io/component",
  "app.kubernetes.io/part-of",
  "app.kubernetes.io/version",
] as const;

/** The labels pods are selected by: never more, since a selector cannot change. */
export function selectorLabels(workload: WorkloadRef): Record<string, string> {
  return { [WORKLOAD_LABEL]: workload.name };
}

export function childLabels(workload: WorkloadRef): Record<string, string> {
  const inherited = INHERITED_LABELS.flatMap((label) => {
    const value = workload.labels[label];
    return value === undefined ? [] : [[label, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    [MANAGED_BY_LABEL]: "palisade",
    [NAME_LABEL]: workload.name,
    ...selectorLabels(workload),
  };
}

/** A child of `workload`: identity, labels and the owner reference that makes it disappear with its owner. */
export function child(
  resource: Resource,
  workload: WorkloadRef,
  name: string,
  body: Readonly<Record<string, unknown>>,
): KubeObject {
  const metadata: ObjectMeta = {
    name,
    namespace: workload.namespace,
    labels: childLabels(workload),
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: SECURE_WORKLOAD.kind,
        name: workload.name,
        uid: workload.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...body };
}
