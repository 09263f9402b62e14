import type { KubeObject } from "kopf-ts";
import { DAEMON_SET } from "../kubernetes/kinds.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { buildPodTemplate } from "./pod-template.ts";

/** One pod on each node whose taints it tolerates, which never are those of the control plane. */
export function buildDaemonSet(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  if (spec.type !== "DaemonSet") return undefined;
  return child(DAEMON_SET, workload, workload.name, {
    spec: {
      selector: { matchLabels: selectorLabels(workload) },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 2,
      template: buildPodTemplate(input),
    },
  });
}
