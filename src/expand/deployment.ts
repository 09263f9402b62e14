import type { KubeObject } from "kopf-ts";
import { DEPLOYMENT } from "../kubernetes/kinds.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { buildPodTemplate } from "./pod-template.ts";
import { startReplicas } from "./replicas.ts";
import { rolloutOf } from "./rollout.ts";

/**
 * Never paused. Keeps two old revisions: enough to roll back a release, too few to keep a template from before the baseline
 * (DRIFT 19, 82).
 */
export function buildDeployment(input: ExpandInput): KubeObject | undefined {
  if (input.spec.type !== "Deployment") return undefined;
  return child(DEPLOYMENT, input.workload, input.workload.name, {
    spec: {
      replicas: startReplicas(input),
      selector: { matchLabels: selectorLabels(input.workload) },
      ...rolloutOf(input.spec),
      revisionHistoryLimit: 2,
      template: buildPodTemplate(input),
    },
  });
}
