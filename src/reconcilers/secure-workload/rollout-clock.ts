/** Holds a rollout against its deadline. The controller of Deployments does so itself; for every other type it is done here. */
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { deadlineSeconds } from "../../expand/rollout.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { progressOf, type RolloutProgress, untilStalledMs } from "../../plan/rollout-progress.ts";
import type { RolloutHealth } from "../../plan/rollout-status.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { WaitingRun } from "../../state/waiting-runs.ts";

export interface RolloutClock {
  /** As the controller says, and whether the deadline has passed. */
  readonly health: RolloutHealth | undefined;
  /** What the status records, while something is awaited. */
  readonly progress?: RolloutProgress;
  /** When the deadline passes, if nothing happens before. */
  readonly stallsAfterMs?: number;
}

/** What a rollout is held against. */
export interface Clocked {
  readonly spec: SecureWorkloadSpec | undefined;
  readonly health: RolloutHealth | undefined;
  /** Of a CronJob: its runs of which no pod has begun. */
  readonly waiting: readonly WaitingRun[];
  /** How many claims do not have their size yet. */
  readonly growing: number;
}

export function clockRollout(
  { status }: Pick<WorkloadRecord, "status">,
  { spec, health, waiting, growing }: Clocked,
  nowMs: number,
): RolloutClock {
  if (health === undefined || spec === undefined) return { health };
  if (spec.type === "CronJob") return clockRuns(waiting, deadlineSeconds(spec.rollout), health, nowMs);
  if (spec.type === "Deployment" && growing === 0) return { health };
  const progress = progressOf(health, { wanted: wantedPods(spec, health), growing }, status.rollout, isoSeconds(nowMs));
  if (progress === undefined) return { health };
  const leftMs = untilStalledMs(progress, deadlineSeconds(spec.rollout), nowMs);
  return leftMs > 0
    ? { health, progress, stallsAfterMs: leftMs }
    : { health: { ...health, deadlineExceeded: true }, progress };
}

/** Each run has the whole deadline, from the time it was made. */
function clockRuns(
  waiting: readonly WaitingRun[],
  seconds: number,
  health: RolloutHealth,
  nowMs: number,
): RolloutClock {
  if (waiting.length === 0) return { health };
  const leftMs = Math.min(...waiting.map(({ createdMs }) => createdMs + seconds * 1_000 - nowMs));
  return leftMs > 0 ? { health, stallsAfterMs: leftMs } : { health: { ...health, deadlineExceeded: true } };
}

/** The number from the controller or an autoscaler, otherwise from the spec. */
export function wantedPods(spec: SecureWorkloadSpec | undefined, { wanted }: RolloutHealth): number {
  const followsLive = spec?.type === "DaemonSet" || spec?.type === "Job" || spec?.autoscaling !== undefined;
  return (followsLive ? wanted : undefined) ?? spec?.replicas ?? 0;
}
