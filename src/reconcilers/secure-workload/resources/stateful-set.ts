import type { KubeObject } from "../../../kopf/object.ts";
import { canonicalQuantity } from "../../../plan/quantity.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { STATEFUL_SET } from "./kinds.ts";
import { buildPodTemplate } from "./pod-template.ts";
import { headlessName } from "./service.ts";

/** Claims outlive the pods and the StatefulSet: data is only ever deleted by a person. */
const RETAIN = { whenDeleted: "Retain", whenScaled: "Retain" };

/** Never held back by a partition, never left to whoever deletes pods (DRIFT 19). */
export function buildStatefulSet(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  if (spec.type !== "StatefulSet") return undefined;
  const claims = claimTemplates(input);
  return child(STATEFUL_SET, workload, workload.name, {
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: selectorLabels(workload) },
      serviceName: headlessName(workload.name),
      podManagementPolicy: spec.podManagement ?? "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 2,
      persistentVolumeClaimRetentionPolicy: RETAIN,
      template: buildPodTemplate(input),
      ...(claims.length === 0 ? {} : { volumeClaimTemplates: claims }),
    },
  });
}

function claimTemplates({ spec }: ExpandInput): readonly object[] {
  return (spec.claims ?? []).flatMap(({ name, size, storageClass, accessMode }) =>
    size === undefined
      ? []
      : [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name },
            spec: {
              accessModes: [accessMode ?? "ReadWriteOnce"],
              resources: { requests: { storage: canonicalQuantity(size) } },
              ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
              volumeMode: "Filesystem",
            },
            status: { phase: "Pending" },
          },
        ],
  );
}
