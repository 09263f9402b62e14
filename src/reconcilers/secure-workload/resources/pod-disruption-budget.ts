import type { KubeObject } from "../../../kopf/object.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { POD_DISRUPTION_BUDGET } from "./kinds.ts";

/** One pod at a time may be drained, and a pod that is not healthy never blocks a drain (KEP-3017). */
export function buildPodDisruptionBudget(input: ExpandInput): KubeObject {
  return child(POD_DISRUPTION_BUDGET, input.workload, input.workload.name, {
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorLabels(input.workload) },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  });
}
