/** Whether a selector of somebody else's reaches a workload's pods: as they will be made, or as they are by now. */

import { CONTROLLER_LABELS } from "../controller-labels.ts";
import type { WorkloadRecord } from "../records.ts";
import { couldMatch, type LabelSelector } from "../selectors.ts";
import type { World } from "../world.ts";
import { childLabels } from "./resources/input.ts";

export const couldSelect = (selector: LabelSelector, workload: WorkloadRecord["ref"]): boolean =>
  couldMatch(selector, childLabels(workload), CONTROLLER_LABELS);

/** A label may have been put on a live pod first, for something to select it by. */
export function selectsLivePods(selector: LabelSelector, { key }: WorkloadRecord, world: World): boolean {
  const pods = world.pods.byIndex("workload", key).flatMap((pod) => world.pods.get(pod) ?? []);
  return pods.some(({ labels }) => couldMatch(selector, labels));
}

export const reachesPodsOf = (selector: LabelSelector, workload: WorkloadRecord, world: World): boolean =>
  couldSelect(selector, workload.ref) || selectsLivePods(selector, workload, world);
