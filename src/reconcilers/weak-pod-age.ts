/** How old the oldest live pod is that is weaker than its workload, by what controls it: the time a correction has not reached it (DRIFT 83). */
import { nameOf } from "../kopf/object.ts";
import { isOffending } from "./secure-workload/live-pods.ts";
import { DAEMON_SET, JOB, REPLICA_SET, STATEFUL_SET } from "./secure-workload/resources/kinds.ts";
import type { World } from "./world.ts";

/** Of a pod that nothing of ours controls. */
const NOBODY = "none";
const KINDS = [REPLICA_SET, STATEFUL_SET, DAEMON_SET, JOB].map(({ kind }) => kind);

/** In seconds; 0 where there is none. */
export function weakPodAges(world: World, nowMs: number): ReadonlyMap<string, number> {
  const ages = new Map([...KINDS, NOBODY].map((kind) => [kind, 0]));
  for (const [key, pod] of world.pods.entries()) {
    const workload = world.workloads.get(`${nameOf(key).namespace}/${pod.workload}`);
    if (workload === undefined) continue;
    if (pod.breaks.length === 0 && !isOffending(pod, workload, world)) continue;
    const kind = KINDS.find((known) => known === pod.owner?.kind) ?? NOBODY;
    ages.set(kind, Math.max(ages.get(kind) ?? 0, (nowMs - pod.createdMs) / 1_000));
  }
  return ages;
}
