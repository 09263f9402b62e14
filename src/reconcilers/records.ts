/** What the caches keep of each object: as little as the reconcilers read. Shapes and how they are taken from raw JSON. */
import { WORKLOAD_LABEL } from "../crds/group.ts";
import {
  parseSecureWorkload,
  type SecureWorkloadSpec,
  type SecureWorkloadStatus,
} from "../crds/v1alpha1/secure-workload.ts";
import { hashOf } from "../kopf/causes.ts";
import type { KubeObject } from "../kopf/object.ts";
import { keyOf } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";
import type { Difference } from "../plan/diff.ts";
import { podSecurityLabels } from "./pod-security.ts";
import type { WorkloadRef } from "./secure-workload/resources/input.ts";
import type { LabelSelector } from "./selectors.ts";

export interface WorkloadRecord {
  readonly key: string;
  readonly ref: WorkloadRef;
  readonly generation: number;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  readonly deleting: boolean;
  /** Absent when the object is not one that this version's schema accepts; `invalid` says why. */
  readonly spec: SecureWorkloadSpec | undefined;
  readonly invalid: string | undefined;
  readonly status: SecureWorkloadStatus;
}

export function shapeWorkload(object: KubeObject): WorkloadRecord {
  const { name, namespace = "", uid = "", labels = {}, generation = 0, deletionTimestamp } = object.metadata;
  const parsed = parseSecureWorkload(object);
  return {
    key: keyOf({ namespace, name }),
    ref: { namespace, name, uid, labels },
    generation,
    createdMs: createdMsOf(object),
    deleting: deletionTimestamp !== undefined,
    spec: parsed.ok ? parsed.value.spec : undefined,
    invalid: parsed.ok ? undefined : parsed.errors.join("; "),
    status: (object["status"] ?? {}) as SecureWorkloadStatus,
  };
}

/** How far a Deployment's rollout is. */
export interface RolloutHealth {
  readonly generation: number;
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  /** The Deployment controller gave up waiting for progress. */
  readonly deadlineExceeded: boolean;
  /** Why pods cannot be made, as the controller says it: a quota, an admission refusal. */
  readonly failure: string | undefined;
}

/**
 * - `conforms`: says what its workload says, and nothing more.
 * - `outdated`: said so until the workload, or what is known of the cluster, changed.
 * - `drifted`: somebody changed it.
 * - `taken`: stood under this name before the workload did, and was never ours.
 * - `surplus`: ours, and no longer wanted.
 * - `deleting`: on its way out.
 * - `unjudged`: its workload's pods have no identity yet.
 */
export type Verdict = "conforms" | "outdated" | "drifted" | "taken" | "surplus" | "deleting" | "unjudged";

export interface ChildRecord {
  readonly type: "child";
  readonly uid: string;
  readonly verdict: Verdict;
  /** The digest of the desired object that this child last conformed to. */
  readonly conformed: string | undefined;
  /** Only while it does not conform: what the repair needs. */
  readonly deviation: Deviation | undefined;
  readonly health: RolloutHealth | undefined;
}

export interface Deviation {
  readonly live: KubeObject;
  readonly differences: readonly Difference[];
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which it was first seen. */
  readonly seenMs: number;
}

/** A NetworkPolicy that is not ours. */
export interface ForeignPolicyRecord {
  readonly type: "foreign-policy";
  readonly uid: string;
  readonly podSelector: LabelSelector;
  /** Whether it allows anything. One that allows nothing adds nothing: our pods are isolated already. */
  readonly allows: boolean;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** A RoleBinding that is not ours, and the ServiceAccounts it names as `namespace/name`. */
export interface ForeignBindingRecord {
  readonly type: "foreign-binding";
  readonly uid: string;
  readonly accounts: readonly string[];
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export interface NamespaceRecord {
  readonly uid: string;
  readonly deleting: boolean;
  readonly podSecurity: Readonly<Record<string, string>>;
  /** The latest writer of a Pod Security label that was not us. */
  readonly culprit: Culprit | undefined;
  readonly seenMs: number;
}

export function shapeNamespace(object: KubeObject, culprit: Culprit | undefined, seenMs: number): NamespaceRecord {
  return {
    uid: object.metadata.uid ?? "",
    deleting: object.metadata.deletionTimestamp !== undefined,
    podSecurity: podSecurityLabels(object.metadata.labels ?? {}),
    culprit,
    seenMs,
  };
}

export function rolloutHealth(deployment: KubeObject): RolloutHealth {
  const status = (deployment["status"] ?? {}) as DeploymentStatus;
  const conditions = status.conditions ?? [];
  const progressing = conditions.find(({ type }) => type === "Progressing");
  const failure = conditions.find(({ type, status: state }) => type === "ReplicaFailure" && state === "True");
  return {
    generation: deployment.metadata.generation ?? 0,
    observedGeneration: status.observedGeneration ?? 0,
    replicas: status.replicas ?? 0,
    updated: status.updatedReplicas ?? 0,
    ready: status.readyReplicas ?? 0,
    available: status.availableReplicas ?? 0,
    deadlineExceeded: progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    failure: failure?.message,
  };
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

/** A pod that carries the label of a workload. */
export interface PodRecord {
  readonly uid: string;
  readonly workload: string | undefined;
  readonly createdMs: number;
  readonly deleting: boolean;
  /** The ReplicaSet that controls it. */
  readonly owner: { readonly name: string; readonly uid: string } | undefined;
  /** Of its spec without what scheduling and admission fill in: equal to its ReplicaSet's, or somebody else made or changed it. */
  readonly specDigest: string;
  /** The ids of the policies it breaks. */
  readonly breaks: readonly string[];
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export interface ReplicaSetRecord {
  readonly uid: string;
  readonly ownerUid: string | undefined;
  readonly specDigest: string;
}

/** What the scheduler, the kubelet and the built-in admission plugins fill in after a pod leaves its template. */
const FILLED_IN: ReadonlySet<string> = new Set(["nodeName", "priority", "preemptionPolicy", "tolerations"]);

/** Equal for two pod specs that run the same. */
export function podSpecDigest(spec: unknown): string {
  const comparable = Object.fromEntries(Object.entries((spec ?? {}) as object).filter(([key]) => !FILLED_IN.has(key)));
  return hashOf(comparable);
}

/** Milliseconds since the epoch, to the second; the server sets it and nobody can change it. */
export const createdMsOf = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

export const controllerOf = (object: KubeObject) =>
  object.metadata.ownerReferences?.find(({ controller }) => controller === true);

export const workloadLabelOf = (object: KubeObject): string | undefined => object.metadata.labels?.[WORKLOAD_LABEL];
