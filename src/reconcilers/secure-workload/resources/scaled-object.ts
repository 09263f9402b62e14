import type { KubeObject } from "../../../kopf/object.ts";
import { scaleBehavior, scaleTarget } from "./horizontal-pod-autoscaler.ts";
import { child, type ExpandInput } from "./input.ts";
import { SCALED_OBJECT } from "./kinds.ts";
import { type Autoscaling, hasSchedule } from "./replicas.ts";

type Part = Readonly<Record<string, unknown>>;

/** What KEDA calls the autoscaler it makes of ours: no workload, and so no child, can have this name. */
export const kedaAutoscalerName = (workloadName: string): string => `palisade-${workloadName}`;

/**
 * For what only KEDA can do, a schedule, together with processor time and memory: one target takes one autoscaler. Of KEDA's
 * triggers these three alone need no address, no credential and no query: with any other, KEDA would call or read with its
 * own rights what a tenant names.
 *
 * It says nothing of whether KEDA is there: only where the kind is served has a workload this child.
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
