import type { KubeObject } from "../../../kopf/object.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { DEPLOYMENT } from "./kinds.ts";
import { buildPodTemplate } from "./pod-template.ts";

/**
 * The Deployment. It is never paused, and it keeps two old revisions: enough to roll back a release, too few to
 * keep a template from before the baseline at hand (DRIFT 19, 82).
 */
export function buildDeployment(input: ExpandInput): KubeObject {
  return child(DEPLOYMENT, input.workload, input.workload.name, {
    spec: {
      replicas: input.spec.replicas,
      selector: { matchLabels: selectorLabels(input.workload) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 600,
      template: buildPodTemplate(input),
    },
  });
}
