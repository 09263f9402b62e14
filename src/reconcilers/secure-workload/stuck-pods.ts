/**
 * Pods of a StatefulSet that stand in the way of their own successors. Its controller waits until a pod works before it
 * replaces it ("Forced rollback" in the documentation of StatefulSets), so a version that never starts would outlive the
 * spec that mends it.
 */
import { STATEFUL_SET } from "../../kubernetes/kinds.ts";
import type { RolloutHealth } from "../../plan/rollout-status.ts";
import type { PodRecord } from "../../state/records/pod.ts";

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
