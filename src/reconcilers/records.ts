/** What the caches keep of each object: as little as the reconcilers read. Shapes and how they are taken from raw JSON. */
import { GROUP, WORKLOAD_LABEL } from "../crds/group.ts";
import {
  parseSecureWorkload,
  type SecureWorkloadSpec,
  type SecureWorkloadStatus,
} from "../crds/v1alpha1/secure-workload.ts";
import type { KubeObject } from "../kopf/object.ts";
import { keyOf } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";
import type { Difference } from "../plan/diff.ts";
import type { PodSelection } from "./cni-policies.ts";
import type { Owner, TemplateRecord } from "./pod-record.ts";
import { podSecurityLabels } from "./pod-security.ts";
import type { BindingRecord, RoleRecord } from "./rights/records.ts";
import type { RolloutHealth } from "./secure-workload/health.ts";
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

/** The older first, and by name where two are of one second. Creation times are the server's. */
export const byAge = (a: WorkloadRecord, b: WorkloadRecord): number =>
  a.createdMs - b.createdMs || (a.key < b.key ? -1 : 1);

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
  /** The uid of the object that controls it: its workload's, or that of one of the same name before. */
  readonly owner: string | undefined;
  readonly verdict: Verdict;
  /** The digest of the desired object that this child last conformed to. */
  readonly conformed: string | undefined;
  /** Only while it does not conform: what the repair needs. */
  readonly deviation: Deviation | undefined;
  readonly health: RolloutHealth | undefined;
  /** Of a Job: what its pods are. */
  readonly template: TemplateRecord | undefined;
  /** Of a Job whose run has ended: the rules that were lifted for it. */
  readonly liftedByRun?: ReadonlySet<string> | undefined;
  /** What its own controller says it cannot do, in one word. */
  readonly notice?: string | undefined;
  /** Of a Role, and of a RoleBinding: what rights are computed from. */
  readonly role?: RoleRecord;
  readonly binding?: BindingRecord;
}

/** Of what is ours and differs: undone where somebody changed it, brought up to date where what is desired did. */
export function driftOrOutdated(
  { digest }: { readonly digest: string },
  known: Pick<ChildRecord, "conformed" | "verdict"> | undefined,
  isCertain: boolean,
): "drifted" | "outdated" {
  if (known?.conformed !== undefined) return known.conformed === digest ? "drifted" : "outdated";
  return known?.verdict === "drifted" || isCertain ? "drifted" : "outdated";
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

/** What a NetworkPolicy selects, and whether it allows anything. */
export function openingOf(policy: KubeObject): Pick<ForeignPolicyRecord, "podSelector" | "allows"> {
  const spec = (policy["spec"] ?? {}) as {
    readonly podSelector?: LabelSelector;
    readonly ingress?: readonly unknown[];
    readonly egress?: readonly unknown[];
  };
  const allows = (spec.ingress ?? []).length + (spec.egress ?? []).length > 0;
  return { podSelector: spec.podSelector ?? {}, allows };
}

/** A policy of a network plugin that is not ours, and opens pods. */
export interface ForeignCniPolicyRecord {
  readonly type: "foreign-cni-policy";
  readonly uid: string;
  /** Never empty: a policy that opens nothing is not kept. */
  readonly opens: readonly PodSelection[];
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** A Role that is not ours. */
export interface ForeignRoleRecord {
  readonly type: "foreign-role";
  readonly uid: string;
  readonly role: RoleRecord;
}

/** A RoleBinding that is not ours. */
export interface ForeignBindingRecord {
  readonly type: "foreign-binding";
  readonly uid: string;
  readonly binding: BindingRecord;
}

/** An Ingress or HTTPRoute that is not ours, and the Services it leads to as `namespace/name`. */
export interface ForeignRouteRecord {
  readonly type: "foreign-route";
  readonly uid: string;
  readonly services: readonly string[];
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** A PodDisruptionBudget that is not ours, and selects pods. */
export interface ForeignBudgetRecord {
  readonly type: "foreign-budget";
  readonly uid: string;
  readonly selector: LabelSelector;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** Undefined for one that selects no pod at all. */
export function shapeForeignBudget(
  budget: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
): ForeignBudgetRecord | undefined {
  const { selector } = (budget["spec"] ?? {}) as { readonly selector?: LabelSelector };
  return selector === undefined
    ? undefined
    : { type: "foreign-budget", uid: budget.metadata.uid ?? "", selector, culprit, seenMs };
}

export interface NamespaceRecord {
  readonly uid: string;
  readonly deleting: boolean;
  readonly podSecurity: Readonly<Record<string, string>>;
  /** Our own labels and annotations on it. */
  readonly marks: Readonly<Record<string, string>>;
  /** The latest writer of one of these labels that was not us. */
  readonly culprit: Culprit | undefined;
  readonly seenMs: number;
}

export function shapeNamespace(object: KubeObject, culprit: Culprit | undefined, seenMs: number): NamespaceRecord {
  return {
    uid: object.metadata.uid ?? "",
    deleting: object.metadata.deletionTimestamp !== undefined,
    podSecurity: podSecurityLabels(object.metadata.labels ?? {}),
    marks: marksOf(object),
    culprit,
    seenMs,
  };
}

const marksOf = ({ metadata: { labels = {}, annotations = {} } }: KubeObject): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries({ ...annotations, ...labels }).filter(([key]) => key.startsWith(`${GROUP}/`)));

/** Milliseconds since the epoch, to the second; the server sets it and nobody can change it. */
export const createdMsOf = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

export const controllerOf = (object: KubeObject) =>
  object.metadata.ownerReferences?.find(({ controller }) => controller === true);

export function ownerOf(object: KubeObject): Owner | undefined {
  const owner = controllerOf(object);
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name, uid: owner.uid };
}

export const workloadLabelOf = (object: KubeObject): string | undefined => object.metadata.labels?.[WORKLOAD_LABEL];
