/** PodDisruptionBudgets of others over a workload's pods: two budgets over one pod, or a strict one, block every drain and eviction (DRIFT 29). */

import { POD_DISRUPTION_BUDGET } from "../kubernetes/kinds.ts";
import { type Detector, foundObject } from "./foreign-object.ts";
import { foreignBy } from "./indexed.ts";
import { ifAsksForOurLabels, reachesPodsOf } from "./selects-workload.ts";

const FINDING = {
  driftCase: "29",
  why: "limits evictions of this workload's pods, which its SecureWorkload already does",
};

export const disruptionBudgets: Detector = {
  resources: [POD_DISRUPTION_BUDGET],
  driftCases: ["29"],
  protects: ["controller", "pods"],
  detect: (workload, state) =>
    foreignBy("budget", state.childrenOf(POD_DISRUPTION_BUDGET), "foreignIn", workload.ref.namespace).flatMap(
      ([key, record]) =>
        reachesPodsOf(record.facts.selector, workload, state)
          ? [
              foundObject(POD_DISRUPTION_BUDGET, key, record, {
                ...FINDING,
                ...ifAsksForOurLabels(record.facts.selector),
              }),
            ]
          : [],
    ),
};
