/** How many pods a workload has, and who decides it. */
import type { ReplicaRange } from "../plan/replicas.ts";
import type { ExpandInput } from "./input.ts";

export type Autoscaling = NonNullable<ExpandInput["spec"]["autoscaling"]>;

/** What the builders of autoscalers read. */
export type ScaleInput = Pick<ExpandInput, "spec" | "facts">;

export const hasSchedule = ({ schedule = [] }: Autoscaling): boolean => schedule.length > 0;

const hasMeasure = ({ cpu, memory, metrics = [] }: Autoscaling): boolean =>
  cpu !== undefined || memory !== undefined || metrics.length > 0;

/**
 * Which autoscaler acts: KEDA for a schedule, if it is installed; otherwise the built-in one, if there is a metric it supports.
 * Neither while `replicas: 0` stops the workload.
 */
export function autoscalerOf({ spec, facts }: ScaleInput): "keda" | "built-in" | undefined {
  const { autoscaling, replicas } = spec;
  if (autoscaling === undefined || replicas === 0) return undefined;
  if (hasSchedule(autoscaling) && facts.keda === true) return "keda";
  return hasMeasure(autoscaling) ? "built-in" : undefined;
}

/** The range within which an autoscaler sets the number of pods; undefined where the number is fixed. */
export function replicaRange(input: ScaleInput): ReplicaRange | undefined {
  const autoscaler = autoscalerOf(input);
  const { autoscaling } = input.spec;
  if (autoscaler === undefined || autoscaling === undefined) return undefined;
  return { min: leastReplicas(autoscaling, autoscaler), max: autoscaling.maxReplicas };
}

/** At least one for the built-in autoscaler: without pods it has nothing to measure, and would never scale up again. */
export const leastReplicas = ({ minReplicas }: Autoscaling, autoscaler: "keda" | "built-in"): number =>
  autoscaler === "keda" ? minReplicas : Math.max(1, minReplicas);

/** The number of pods at the start, and for as long as no autoscaler acts. */
export function startReplicas({ spec }: Pick<ExpandInput, "spec">): number {
  const { autoscaling, replicas } = spec;
  if (autoscaling === undefined || replicas === 0) return replicas;
  return Math.min(Math.max(replicas, autoscaling.minReplicas), autoscaling.maxReplicas);
}
