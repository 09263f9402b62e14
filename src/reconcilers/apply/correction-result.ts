/** What became of one object in a pass, and how a correction is counted. */
import type { ObjectName, Resource } from "kopf-ts";
import { actionKey, displayName } from "../../plan/action.ts";
import type { Correction } from "../../plan/correction.ts";
import type { SyncDeps } from "../deps.ts";

export interface ChildProblem {
  readonly reason: "NameTaken" | "ChildDeleting" | "CorrectionLimited" | "WriteChanged";
  readonly message: string;
  readonly retryAfterMs: number;
  /** The object does what it is for: what needs it goes on all the same. */
  readonly keepsNothingBack?: boolean;
}

export interface ChildResult {
  readonly correction?: Correction;
  readonly problem?: ChildProblem;
  /** After how many milliseconds to look again, where nothing is wrong. */
  readonly retryAfterMs?: number;
  /** The cause on which deletions are paused, and whether this began it. */
  readonly paused?: { readonly cause: string; readonly isNew: boolean };
}

/** What an object is called in corrections. */
export interface Named {
  readonly resource: Resource;
  readonly name: ObjectName;
}

export { actionKey, displayName } from "../../plan/action.ts";

/** Counts a correction and says what it was. */
export function corrected(
  target: Named,
  deps: Pick<SyncDeps, "clock" | "corrections" | "metrics">,
  what: Omit<Correction, "object" | "standingMs"> & { readonly seenMs: number },
): Correction {
  const { seenMs, ...rest } = what;
  const standingMs = deps.clock.monotonicMs() - seenMs;
  const { kind } = target.resource;
  deps.corrections.record(actionKey(target));
  deps.metrics.corrections.inc({ kind, action: what.action, drift_case: what.driftCase });
  deps.metrics.correctionSeconds.observe({ kind }, standingMs / 1_000);
  return { ...rest, object: displayName(target), standingMs };
}

/** What keeps a correction back for now: the object is changed more often than it may be put right. */
export function limitOf(target: Named, { corrections }: Pick<SyncDeps, "corrections">): ChildProblem | undefined {
  const retryAfterMs = corrections.delayMs(actionKey(target));
  if (retryAfterMs <= 0) return undefined;
  const message = `${displayName(target)} is changed again and again; it is put right at a bounded rate`;
  return { reason: "CorrectionLimited", message, retryAfterMs };
}

/** Deletions on one cause are paused; everything else goes on. */
export const pausedProblem = (target: Named, retryAfterMs: number): ChildProblem => ({
  reason: "CorrectionLimited",
  message: `${displayName(target)} waits: deletions against its cause are paused`,
  retryAfterMs: Math.max(1, retryAfterMs),
});
