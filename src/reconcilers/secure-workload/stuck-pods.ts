/**
 * Pods of a StatefulSet that stand in the way of their own successors. Its controller waits until a pod works before it
 * replaces it ("Forced rollback" in the documentation of StatefulSets), so a version that never starts would outlive the
 * spec that mends it.
 */
import { nameOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { RolloutHealth } from "./health.ts";
import { POD, STATEFUL_SET } from "./resources/kinds.ts";

/** Which revision a pod is of: for a StatefulSet's pods, its name. */
const REVISION_LABEL = "controller-revision-hash";

/** Whether a pod is of a spec before the current one, and does not run. */
export function isStuck(
  { owner, labels, trouble, deleting }: Pick<PodRecord, "owner" | "labels" | "trouble" | "deleting">,
  { generation, observedGeneration, revision }: RolloutHealth,
): boolean {
  if (owner?.kind !== STATEFUL_SET.kind || deleting || trouble === undefined) return false;
  // Until the controller has seen the current spec, the revision that it names is that of the one before.
  return revision !== undefined && observedGeneration >= generation && labels[REVISION_LABEL] !== revision;
}

/** Ends them as anybody would, with their grace period: the StatefulSet makes each anew, by the current spec. */
export async function removeStuckPods(
  workload: WorkloadRecord,
  { world, client }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const health = world.healthOf(workload);
  if (health === undefined) return;
  await Promise.all(
    world.pods.byIndex("workload", workload.key).map(async (key) => {
      const pod = world.pods.get(key);
      if (pod !== undefined && isStuck(pod, health)) await client.delete(POD, nameOf(key), { signal, uid: pod.uid });
    }),
  );
}
