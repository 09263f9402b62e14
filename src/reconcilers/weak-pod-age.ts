/** How old the oldest live pod is that is weaker than its workload, by what controls it: the time a correction has not reached it (DRIFT 83). */

import { nameOf } from "kopf-ts";
import { isForeignPod } from "../foreign/pods.ts";
import { DAEMON_SET, JOB, REPLICA_SET, STATEFUL_SET } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";

/** Of a pod that nothing of ours controls. */
const NOBODY = "none";
const KINDS = [REPLICA_SET, STATEFUL_SET, DAEMON_SET, JOB].map(({ kind }) => kind);

/** In seconds; 0 where there is none. */
export function weakPodAges(state: ClusterState, nowMs: number): ReadonlyMap<string, number> {
  const ages = new Map([...KINDS, NOBODY].map((kind) => [kind, 0]));
  for (const [key, pod] of state.pods.entries()) {
    const workload = state.workloads.get(`${nameOf(key).namespace}/${pod.workload}`);
    if (workload === undefined) continue;
    if (pod.breaks.length === 0 && !isForeignPod(pod, workload, state)) continue;
    const kind = KINDS.find((known) => known === pod.owner?.kind) ?? NOBODY;
    ages.set(kind, Math.max(ages.get(kind) ?? 0, (nowMs - pod.createdMs) / 1_000));
  }
  return ages;
}
