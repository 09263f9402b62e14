/** What a workload declares and this cluster cannot do. Its pods run all the same, and the status says what is missing. */
import type { Reason } from "../../crds/v1alpha1/conditions.ts";
import type { Resource } from "../../kopf/resource.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { placementShortage } from "./node-offer.ts";
import { HORIZONTAL_POD_AUTOSCALER, POD_MONITOR, SCALED_OBJECT, SERVICE_MONITOR } from "./resources/kinds.ts";
import { hasSchedule } from "./resources/replicas.ts";

export interface Limit {
  readonly reason: Reason;
  /** What does not work, and the way out. */
  readonly message: string;
}

export function limitsOf(workload: WorkloadRecord, world: World): readonly Limit[] {
  const { spec } = workload;
  if (spec === undefined) return [];
  const shortage = placementShortage(spec.placement, world.nodeOffers());
  return [
    ...scheduleLimit(workload, world),
    ...noticeLimit(HORIZONTAL_POD_AUTOSCALER, workload, world),
    ...noticeLimit(SCALED_OBJECT, workload, world),
    ...monitoringLimit(workload, world),
    ...(shortage === undefined ? [] : [{ reason: "PlacementUnavailable", message: shortage } as const]),
  ];
}

function scheduleLimit({ spec }: WorkloadRecord, world: World): readonly Limit[] {
  const scheduled = spec?.autoscaling !== undefined && hasSchedule(spec.autoscaling);
  if (!scheduled || world.isServed(SCALED_OBJECT)) return [];
  const message = "autoscaling.schedule is off, for KEDA (ScaledObject, keda.sh/v1alpha1) is not installed here";
  return [{ reason: "AutoscalerUnavailable", message }];
}

function noticeLimit(resource: Resource, { key, ref }: WorkloadRecord, world: World): readonly Limit[] {
  const record = world.childrenOf(resource).get(key);
  if (record?.type !== "child" || record.notice === undefined) return [];
  const message = `${resource.kind}/${ref.name} cannot scale now (${record.notice}), so the number of pods stays: its own conditions say why`;
  return [{ reason: "AutoscalerUnavailable", message }];
}

function monitoringLimit({ spec, ref }: WorkloadRecord, world: World): readonly Limit[] {
  if (spec?.monitoring === undefined) return [];
  if (world.platform(ref.namespace).monitoring === undefined) {
    const message =
      "the way to monitoring.port stays closed, for no SecurityBaseline says which pods scrape: ask the platform team to name them";
    return [{ reason: "MonitoringUnknown", message }];
  }
  if ([SERVICE_MONITOR, POD_MONITOR].every((resource) => world.isServed(resource))) return [];
  const message =
    "monitoring is off, for ServiceMonitor and PodMonitor (monitoring.coreos.com/v1) are not both installed here";
  return [{ reason: "MonitoringUnavailable", message }];
}
