import type { KubeObject } from "kopf-ts";
import { POD_DISRUPTION_BUDGET } from "../kubernetes/kinds.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";

/** Unless the spec says otherwise, one pod at a time may be evicted. An unhealthy pod never blocks a drain (KEP-3017). */
export function buildPodDisruptionBudget(input: ExpandInput): KubeObject | undefined {
  // The disruption controller can only count pods whose controller can be scaled.
  if (!["Deployment", "StatefulSet"].includes(input.spec.type)) return undefined;
  const { maxUnavailable = 1, minAvailable } = input.spec.disruption ?? {};
  return child(POD_DISRUPTION_BUDGET, input.workload, input.workload.name, {
    spec: {
      ...(minAvailable === undefined ? { maxUnavailable } : { minAvailable }),
      selector: { matchLabels: selectorLabels(input.workload) },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  });
}
