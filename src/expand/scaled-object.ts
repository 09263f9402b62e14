import type { KubeObject } from "kopf-ts";
import { SCALED_OBJECT } from "../kubernetes/kinds.ts";
import { scaleBehavior, scaleTarget } from "./horizontal-pod-autoscaler.ts";
import { child, type ExpandInput } from "./input.ts";
import { type Autoscaling, hasSchedule } from "./replicas.ts";

type Part = Readonly<Record<string, unknown>>;

/** The name of the autoscaler that KEDA creates for ours; no child of a workload can have it. */
export const kedaAutoscalerName = (workloadName: string): string => `palisade-${workloadName}`;

/**
 * For schedules, which only KEDA supports, together with processor time and memory, since one target takes one autoscaler. These
 * are the only triggers of KEDA without an address, a credential or a query: with any other, KEDA would call or read with its own
 * rights what a tenant names.
 *
 * Does not check whether KEDA is installed: the kind is optional in the table.
 */
export function buildScaledObject({ workload, spec }: ExpandInput): KubeObject | undefined {
  const { autoscaling } = spec;
  if (autoscaling === undefined || spec.replicas === 0 || !hasSchedule(autoscaling)) return undefined;
  return child(SCALED_OBJECT, workload, workload.name, {
    spec: {
      scaleTargetRef: scaleTarget(workload),
      minReplicaCount: autoscaling.minReplicas,
      maxReplicaCount: autoscaling.maxReplicas,
      pollingInterval: 30,
      cooldownPeriod: autoscaling.scaleDownAfterSeconds,
      advanced: {
        horizontalPodAutoscalerConfig: {
          name: kedaAutoscalerName(workload.name),
          behavior: scaleBehavior(autoscaling),
        },
      },
      triggers: triggersOf(autoscaling),
    },
  });
}

function triggersOf({ cpu, memory, schedule = [] }: Autoscaling): readonly Part[] {
  const resources = Object.entries({ cpu, memory }).flatMap(([type, measure]) =>
    measure === undefined
      ? []
      : [{ type, metricType: "Utilization", metadata: { value: String(measure.averageUtilization) } }],
  );
  const windows = schedule.map(({ timeZone, start, end, replicas }) => ({
    type: "cron",
    metadata: { timezone: timeZone, start, end, desiredReplicas: String(replicas) },
  }));
  return [...resources, ...windows];
}
