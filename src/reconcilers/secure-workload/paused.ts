import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import type { Notice } from "../../crds/v1alpha1/findings.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { ActionResult } from "../apply/apply-plan.ts";
import { BURST } from "../apply/destruction-budget.ts";
import type { Deps } from "../deps.ts";

/** How many causes a message names. */
const MAX_NAMED = 5;

/** The condition that says which cause makes anew whatever is deleted, and when Palisade tries again. */
export function pausedNotices(
  { key }: WorkloadRecord,
  { budget, clock }: Pick<Deps, "budget" | "clock">,
): readonly Notice[] {
  const paused = budget.paused(key);
  const [first] = paused;
  if (first === undefined) return [];
  const named = paused.slice(0, MAX_NAMED).map(({ cause }) => cause);
  const more = paused.length > MAX_NAMED ? ` and ${paused.length - MAX_NAMED} more` : "";
  const next = isoSeconds(clock.now() + first.untilMs - clock.monotonicMs());
  const message = `Palisade deleted ${BURST} or more objects because of ${named.join(", ")}${more}, and pauses; everything else stays enforced. Next try: ${next}. Remove the cause meanwhile`;
  return [{ type: "CorrectionsPaused", holds: true, reason: "BudgetSpent", message }];
}

/** One Event for each cause whose pause began in this pass. */
export function announcePauses(
  { ref: { name, namespace, uid } }: WorkloadRecord,
  results: readonly ActionResult[],
  { recorder, metrics }: Pick<Deps, "recorder" | "metrics">,
): void {
  const causes = results.flatMap(({ paused }) => (paused?.isNew === true ? [paused.cause] : []));
  for (const cause of new Set(causes)) {
    metrics.correctionPauses.inc();
    recorder.event({
      regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } },
      type: "Warning",
      reason: "CorrectionsPaused",
      action: "Pause",
      note: `Palisade pauses deletions because of ${cause}: it brought about ${BURST} or more in a short time. Everything else stays enforced; remove the cause`,
    });
  }
}
