/** Autoscalers of others that stay for now: the number of pods is then theirs to set, for two that set it would never end. */
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT } from "../kubernetes/kinds.ts";
import type { ReplicaRange } from "../plan/replicas.ts";
import type { Enrolments } from "./enrolments.ts";
import { isForeign } from "./records/foreign.ts";
import type { WorkloadRecord } from "./records/workload.ts";
import type { ChildrenOf } from "./rollouts.ts";

/**
 * Within which numbers somebody else's autoscaler acts on the workload's controller, in a namespace that is only observed. Undefined where none
 * does, where the workload declares autoscaling of its own, and where it is stopped.
 */
export function scaledByOthers(
  workload: WorkloadRecord,
  { type, autoscaling, replicas }: SecureWorkloadSpec,
  { childrenOf, enrolments }: { readonly childrenOf: ChildrenOf; readonly enrolments: Enrolments },
): ReplicaRange | undefined {
  if (autoscaling !== undefined || replicas === 0 || enrolments.of(workload.ref.namespace) !== "Observing")
    return undefined;
  for (const resource of [HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT]) {
    const cache = childrenOf(resource);
    for (const key of cache.byIndex("scaled", workload.key)) {
      const record = cache.get(key);
      if (isForeign(record, "autoscaler") && record.facts.target.kind === type) return record.facts.range;
    }
  }
  return undefined;
}
