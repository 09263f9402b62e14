/** How many pods there are to be, and who decides it. */
import type { ReplicaRange } from "../../../plan/elastic.ts";
import type { ExpandInput } from "./input.ts";

export type Autoscaling = NonNullable<ExpandInput["spec"]["autoscaling"]>;

/** What the builders of autoscalers read. */
export type ScaleInput = Pick<ExpandInput, "spec" | "facts">;

export const hasSchedule = ({ schedule = [] }: Autoscaling): boolean => schedule.length > 0;

const hasMeasure = ({ cpu, memory, metrics = [] }: Autoscaling): boolean =>
  cpu !== undefined || memory !== undefined || metrics.length > 0;

/**
 * Which autoscaler acts: KEDA for a schedule, where it is installed; else the built-in one for whatever it can measure. Neither
 * while the workload is stopped by `replicas: 0`, or nothing is left to scale by.
 */
export function autoscalerOf({ spec, facts }: ScaleInput): "keda" | "built-in" | undefined {
  const { autoscaling, replicas } = spec;
  if (autoscaling === undefined || replicas === 0) return undefined;
  if (hasSchedule(autoscaling) && facts.keda === true) return "keda";
  return hasMeasure(autoscaling) ? "built-in" : undefined;
}

/** The range in which the number of pods is an autoscaler's to choose; undefined where it is fixed. */
export function replicaRange(input: ScaleInput): ReplicaRange | undefined {
  const autoscaler = autoscalerOf(input);
  const { autoscaling } = input.spec;
  if (autoscaler === undefined || autoscaling === undefined) return undefined;
  return { min: leastReplicas(autoscaling, autoscaler), max: autoscaling.maxReplicas };
}

/** The built-in autoscaler takes no zero: only a metric from outside could wake the workload again. */
export const leastReplicas = ({ minReplicas }: Autoscaling, autoscaler: "keda" | "built-in"): number =>
  autoscaler === "keda" ? minReplicas : Math.max(1, minReplicas);

/** What a workload starts with, and keeps where no autoscaler acts. */
export function startReplicas({ spec }: Pick<ExpandInput, "spec">): number {
  const { autoscaling, replicas } = spec;
  if (autoscaling === undefined || replicas === 0) return replicas;
  return Math.min(Math.max(replicas, autoscaling.minReplicas), autoscaling.maxReplicas);
}
