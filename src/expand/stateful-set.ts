import type { KubeObject } from "kopf-ts";
import { STATEFUL_SET } from "../kubernetes/kinds.ts";
import { claimSpec, sizedClaims } from "./claims.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { buildPodTemplate } from "./pod-template.ts";
import { governingName } from "./service-names.ts";

/** Claims outlive the pods and the StatefulSet: only a person deletes data. */
const RETAIN = { whenDeleted: "Retain", whenScaled: "Retain" };

/** No partition holds a rollout back, and the controller itself replaces pods (DRIFT 19). */
export function buildStatefulSet(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  if (spec.type !== "StatefulSet") return undefined;
  const claims = claimTemplates(input);
  return child(STATEFUL_SET, workload, workload.name, {
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: selectorLabels(workload) },
      serviceName: governingName(workload.name, spec),
      podManagementPolicy: spec.podManagement ?? "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 2,
      persistentVolumeClaimRetentionPolicy: RETAIN,
      template: buildPodTemplate(input),
      ...(claims.length === 0 ? {} : { volumeClaimTemplates: claims }),
    },
  });
}

const claimTemplates = ({ spec }: ExpandInput): readonly object[] =>
  sizedClaims(spec).map((claim) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: claim.name },
    spec: claimSpec(claim),
    status: { phase: "Pending" },
  }));
