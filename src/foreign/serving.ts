import type { ClusterState } from "../state/cluster-state.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { ownsController } from "./own-children.ts";

/**
 * Whether the workload's own controller has all the pods that it wants, and one at least: until then somebody else's objects may be what
 * serves. A run serves nobody.
 */
export function isServing(workload: WorkloadRecord, state: ClusterState): boolean {
  const health = ownsController(workload, state) ? state.healthOf(workload) : undefined;
  if (health === undefined || health.observedGeneration < health.generation) return false;
  if (health.run !== undefined) return true;
  return health.available > 0 && health.available >= (health.wanted ?? 1);
}
