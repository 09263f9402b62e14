/** PodDisruptionBudgets of others over a workload's pods: two budgets over one pod, or a strict one, keep every drain and eviction away (DRIFT 29). */
import type { Deps } from "../deps.ts";
import type { WorkloadRecord } from "../records.ts";
import type { Offender } from "./offenders.ts";
import { POD_DISRUPTION_BUDGET } from "./resources/kinds.ts";
import { reachesPodsOf } from "./selected.ts";

export function foreignBudgets(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  const cache = world.childrenOf(POD_DISRUPTION_BUDGET);
  return cache.byIndex("foreignIn", workload.ref.namespace).flatMap((key): readonly Offender[] => {
    const record = cache.get(key);
    if (record?.type !== "foreign-budget" || !reachesPodsOf(record.selector, workload, world)) return [];
    const { uid, culprit, seenMs } = record;
    const why = "it says which of this workload's pods may be evicted, beside what the workload declares";
    return [{ resource: POD_DISRUPTION_BUDGET, key, uid, driftCase: "29", why, culprit, seenMs }];
  });
}
