/**
 * A change of type hands pods from one controller to another. By default the first ends when its successor stands. Where the pods write a claim,
 * two of them would write it at once, or the second would wait for ever for a claim that only one pod may use: then the first ends before.
 */
import { keyOf } from "kopf-ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { type ChildKind, CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { CRON_JOB, DEPLOYMENT, JOB, REPLICA_SET } from "../kubernetes/kinds.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** Claims with a size stay with their type, so only those that exist beforehand can be written by both. */
export const endsBeforeSuccessor = ({
  claims = [],
  rollout,
}: Pick<SecureWorkloadSpec, "claims" | "rollout">): boolean =>
  rollout?.replace !== false && claims.some(({ existing, readOnly }) => existing !== undefined && readOnly !== true);

/** Whether the controller of the workload's type must not be made yet. */
export function waitsForPredecessor(workload: WorkloadRecord, kind: ChildKind, state: ClusterState): boolean {
  const spec = state.granted.specOf(workload);
  if (spec === undefined || !endsBeforeSuccessor(spec)) return false;
  const { namespace, name } = workload.ref;
  const stands = ({ resource, nameFor }: ChildKind): boolean =>
    state.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) }))?.type === "child";
  if (stands(kind)) return false;
  const others = CONTROLLER_KINDS.filter((other) => other !== kind);
  return others.some(stands) || hasPodsOfOthers(workload, kind, state);
}

/** Pods without an owner were orphaned by us, for a controller of the same type to adopt. */
const hasPodsOfOthers = ({ key }: WorkloadRecord, kind: ChildKind, state: ClusterState): boolean =>
  state.pods.byIndex("workload", key).some((pod) => {
    const owner = state.pods.get(pod)?.owner;
    return owner !== undefined && owner.kind !== podOwnerKind(kind);
  });

function podOwnerKind({ resource }: ChildKind): string {
  if (resource === DEPLOYMENT) return REPLICA_SET.kind;
  return resource === CRON_JOB ? JOB.kind : resource.kind;
}
