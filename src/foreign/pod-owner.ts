/** What made a pod: something of the workload's, something of somebody else's, or something that is not in view. */

import { keyOf, type Resource } from "kopf-ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, STATEFUL_SET } from "../kubernetes/kinds.ts";
import type { Owner } from "../kubernetes/metadata.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import { isForeign } from "../state/records/foreign.ts";
import type { PodRecord } from "../state/records/pod.ts";
import type { TemplateRecord } from "../state/records/template.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { recordsBy } from "./indexed.ts";
import { ownChild } from "./own-children.ts";

export type PodOwner =
  /** The templates that it has, now or before. */
  | { readonly type: "ours"; readonly templates: readonly TemplateRecord[] }
  | { readonly type: "theirs"; readonly described: string; readonly createdMs: number | undefined }
  /** Deleted, not seen yet, or somebody's from before the workload: its pods are left alone. */
  | { readonly type: "unknown" };

const UNKNOWN: PodOwner = { type: "unknown" };

export function podOwnerOf(owner: Owner, workload: WorkloadRecord, state: ClusterState): PodOwner {
  switch (owner.kind) {
    case REPLICA_SET.kind:
      return ofReplicaSet(owner, workload, state);
    case JOB.kind:
      return ofJob(owner, workload, state);
    case STATEFUL_SET.kind:
      return ofRevisions(STATEFUL_SET, owner, workload, state);
    case DAEMON_SET.kind:
      return ofRevisions(DAEMON_SET, owner, workload, state);
    default:
      return theirs({ owner }, workload, state);
  }
}

type Made = { readonly owner?: Owner | undefined; readonly createdMs: number };

interface Theirs {
  readonly owner: Owner;
  /** Of the owner, where it is known. */
  readonly record?: Made | undefined;
}

function theirs({ owner, record }: Theirs, { ref }: WorkloadRecord, state: ClusterState): PodOwner {
  const of = record?.owner === undefined ? "" : ` of ${record.owner.kind}/${record.owner.name}`;
  const createdMs = record === undefined ? undefined : bornMs(record, ref.namespace, state);
  return { type: "theirs", described: `${owner.kind}/${owner.name}${of}`, createdMs };
}

/** Of what a controller makes again and again the controller's own age counts; undefined for a controller of a kind that is not known. */
function bornMs({ owner, createdMs }: Made, namespace: string, state: ClusterState): number | undefined {
  if (owner === undefined) return createdMs;
  const kind = CONTROLLER_KINDS.find(({ resource }) => resource.kind === owner.kind);
  if (kind === undefined) return undefined;
  const record = state.childrenOf(kind.resource).get(keyOf({ namespace, name: owner.name }));
  return isForeign(record, "pod-controller") && record.uid === owner.uid ? record.createdMs : createdMs;
}

/** What an owner is to the workload. One of its child's name and of another uid is gone, and its dependents go after it. */
function relation(owner: Owner, resource: Resource, workload: WorkloadRecord, state: ClusterState): PodOwner["type"] {
  if (owner.kind !== resource.kind || owner.name !== workload.ref.name) return "theirs";
  const record = state.childrenOf(resource).get(workload.key);
  if (record === undefined || record.uid !== owner.uid) return "unknown";
  // Seen while there was no workload of this name, by one before this: it is compared as this one's child in a moment.
  if (record.type !== "child") return isOfType(resource, workload, state) ? "unknown" : "theirs";
  return record.ours ? "ours" : "unknown";
}

const isOfType = ({ kind }: Resource, workload: WorkloadRecord, state: ClusterState): boolean =>
  state.granted.specOf(workload)?.type === kind;

function ofReplicaSet(owner: Owner, workload: WorkloadRecord, state: ClusterState): PodOwner {
  const set = state.replicaSets.get(keyOf({ namespace: workload.ref.namespace, name: owner.name }));
  if (set === undefined || set.uid !== owner.uid) return UNKNOWN;
  switch (relationOfSet(set, workload, state)) {
    case "ours":
      return { type: "ours", templates: [set] };
    case "theirs":
      return theirs({ owner, record: set }, workload, state);
    default:
      return UNKNOWN;
  }
}

function relationOfSet(set: TemplateRecord, workload: WorkloadRecord, state: ClusterState): PodOwner["type"] {
  if (set.owner !== undefined) return relation(set.owner, DEPLOYMENT, workload, state);
  if (set.workload !== workload.ref.name) return "theirs";
  // The Deployment controller adopts at once whatever its Deployment selects and nobody controls.
  if (ownChild(DEPLOYMENT, workload, state) !== undefined) return "ours";
  return isOfType(DEPLOYMENT, workload, state) ? "unknown" : "theirs";
}

/** Whether a ReplicaSet is the workload's, goes with its Deployment, or was somebody's before. */
export const isPreviousOrOwn = (set: TemplateRecord, workload: WorkloadRecord, state: ClusterState): boolean =>
  relationOfSet(set, workload, state) !== "theirs" || set.owner?.kind === DEPLOYMENT.kind;

function ofJob(owner: Owner, workload: WorkloadRecord, state: ClusterState): PodOwner {
  const job = state.childrenOf(JOB).get(keyOf({ namespace: workload.ref.namespace, name: owner.name }));
  if (job === undefined || job.uid !== owner.uid) return UNKNOWN;
  if (job.type === "child")
    return job.ours && job.template !== undefined ? { type: "ours", templates: [job.template] } : UNKNOWN;
  if (isForeign(job, "pod-controller")) return theirs({ owner, record: job.facts }, workload, state);
  return job.type === "run" ? ofRun(owner, job, workload, state) : UNKNOWN;
}

function ofRun(owner: Owner, run: TemplateRecord, workload: WorkloadRecord, state: ClusterState): PodOwner {
  const type = run.owner === undefined ? "unknown" : relation(run.owner, CRON_JOB, workload, state);
  if (type === "theirs") return theirs({ owner, record: run }, workload, state);
  return type === "ours" ? { type, templates: [run] } : UNKNOWN;
}

function ofRevisions(resource: Resource, owner: Owner, workload: WorkloadRecord, state: ClusterState): PodOwner {
  const type = relation(owner, resource, workload, state);
  if (type === "ours")
    return {
      type,
      templates: recordsBy(state.revisions, "owner", owner.uid).map(([, revision]) => revision),
    };
  const record = state.childrenOf(resource).get(keyOf({ namespace: workload.ref.namespace, name: owner.name }));
  if (type === "unknown" || record?.uid !== owner.uid) return UNKNOWN;
  const facts = isForeign(record, "pod-controller") ? record.facts : undefined;
  return theirs({ owner, record: facts }, workload, state);
}

/** A live pod that one of the workload's own controllers made. */
export interface OwnPod {
  readonly key: string;
  readonly pod: PodRecord;
  /** The templates that its controller has, now or before. */
  readonly templates: readonly TemplateRecord[];
}

export const ownPodEntries = (workload: WorkloadRecord, state: ClusterState): readonly OwnPod[] =>
  recordsBy(state.pods, "workload", workload.key).flatMap(([key, pod]) => {
    const owner = pod.owner === undefined ? undefined : podOwnerOf(pod.owner, workload, state);
    return owner?.type === "ours" ? [{ key, pod, templates: owner.templates }] : [];
  });

export const ownPods = (workload: WorkloadRecord, state: ClusterState): readonly PodRecord[] =>
  ownPodEntries(workload, state).map(({ pod }) => pod);

/** Whether the controller is what the workload declares, or was until somebody changed it: only then is it known what its pods may be. */
export const isCompared = (workload: WorkloadRecord, state: ClusterState): boolean =>
  CONTROLLER_KINDS.some(({ resource }) => {
    const comparison = ownChild(resource, workload, state)?.comparison;
    return comparison === "inSync" || comparison === "drifted";
  });
