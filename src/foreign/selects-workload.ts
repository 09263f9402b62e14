/** Whether a selector of somebody else's reaches a workload's pods, as they will be made or as they are by now. */

import { MANAGED_BY_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { childLabels } from "../expand/input.ts";
import { CONTROLLER_LABELS } from "../kubernetes/controller-labels.ts";
import { couldMatch, type LabelSelector } from "../kubernetes/selectors.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import type { WhileObserved } from "./foreign-object.ts";
import { ownPods } from "./pod-owner.ts";

const PALISADE = "palisade";

export const couldSelect = (selector: LabelSelector, workload: WorkloadRecord["ref"]): boolean =>
  couldMatch(selector, childLabels(workload), CONTROLLER_LABELS);

/** Whether a selector asks for a label that only Palisade gives: whoever wrote it means a workload's pods, and no others. */
export function asksForOurLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  const asked = matchExpressions.filter(({ operator }) => operator === "In" || operator === "Exists");
  return (
    WORKLOAD_LABEL in matchLabels ||
    matchLabels[MANAGED_BY_LABEL] === PALISADE ||
    asked.some(
      ({ key, values = [] }) => key === WORKLOAD_LABEL || (key === MANAGED_BY_LABEL && values.includes(PALISADE)),
    )
  );
}

/** For a {@link Finding} about what selects pods. */
export const ifAsksForOurLabels = (selector: LabelSelector): { readonly whileObserved?: WhileObserved } =>
  asksForOurLabels(selector) ? { whileObserved: "goesIfLater" } : {};

/** A live pod may carry labels that somebody added for the selector. */
export const reachesPodsOf = (selector: LabelSelector, workload: WorkloadRecord, state: ClusterState): boolean =>
  couldSelect(selector, state.handedLabels.refOf(workload)) ||
  ownPods(workload, state).some(({ labels }) => couldMatch(selector, labels));
