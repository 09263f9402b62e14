/**
 * Since when a rollout gets no further. The controller of Deployments says it of its own; of other controllers it is read from their counts and
 * recorded in the status, so that it outlives a restart. Pure.
 */
import { isComplete, type RolloutHealth } from "./rollout-status.ts";

export interface RolloutProgress {
  /** Of the controller: each of its generations has the whole deadline. */
  readonly generation: number;
  /** How much was missing at the best moment: a pod that becomes ready and fails again is no progress. */
  readonly left: number;
  /** RFC 3339, when `left` last fell. */
  readonly since: string;
}

export interface Wanted {
  readonly wanted: number;
  /** How many claims do not have their size yet. */
  readonly growing: number;
}

/** Undefined while nothing is awaited, so that the next wait begins at zero. */
export function progressOf(
  health: RolloutHealth,
  { wanted, growing }: Wanted,
  before: RolloutProgress | undefined,
  nowIso: string,
): RolloutProgress | undefined {
  if (growing === 0 && !isAwaited(health, wanted)) return undefined;
  const left = leftOf(health, wanted) + growing;
  const isSame = before?.generation === health.generation;
  return isSame && before.left <= left ? before : { generation: health.generation, left, since: nowIso };
}

/** A run is awaited while none of its pods runs; how long it then takes is for `job.deadlineSeconds` to say. */
function isAwaited(health: RolloutHealth, wanted: number): boolean {
  const { run, ready } = health;
  return run === undefined ? !isComplete(health, wanted) : run.state === "Active" && ready === 0;
}

const leftOf = ({ run, updated, available }: RolloutHealth, wanted: number): number =>
  run?.left ?? Math.max(0, wanted - updated) + Math.max(0, wanted - available);

/** How long until the deadline has passed; 0 or less once it has. */
export const untilStalledMs = ({ since }: RolloutProgress, deadlineSeconds: number, nowMs: number): number =>
  Date.parse(since) + deadlineSeconds * 1_000 - nowMs;
