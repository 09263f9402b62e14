/** What became of one object in a pass, and how a correction is counted. */
import { keyOf, type ObjectName } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import type { Correction } from "../correction.ts";
import type { SyncDeps } from "../deps.ts";

export interface ChildProblem {
  readonly reason: "NameTaken" | "ChildDeleting" | "CorrectionLimited" | "WriteChanged";
  readonly message: string;
  readonly retryAfterMs: number;
}

export interface ChildResult {
  readonly correction?: Correction;
  readonly problem?: ChildProblem;
}

/** What an object is called in corrections. */
export interface Named {
  readonly resource: Resource;
  readonly name: ObjectName;
}

/** As people read it: `Deployment/web` for example. */
export const labelOf = ({ resource, name }: Named): string => `${resource.kind}/${name.name}`;

export const correctionKey = ({ resource, name }: Named): string => `${resource.kind}/${keyOf(name)}`;

/** Counts a correction and says what it was. */
export function corrected(
  target: Named,
  deps: Pick<SyncDeps, "clock" | "corrections" | "metrics">,
  what: Omit<Correction, "object" | "standingMs"> & { readonly seenMs: number },
): Correction {
  const { seenMs, ...rest } = what;
  const standingMs = deps.clock.monotonicMs() - seenMs;
  const { kind } = target.resource;
  deps.corrections.record(correctionKey(target));
  deps.metrics.corrections.inc({ kind, action: what.action, drift_case: what.driftCase });
  deps.metrics.correctionSeconds.observe({ kind }, standingMs / 1_000);
  return { ...rest, object: labelOf(target), standingMs };
}

/** What keeps a correction back for now: the object is changed more often than it may be put right. */
export function limitOf(target: Named, { corrections }: Pick<SyncDeps, "corrections">): ChildProblem | undefined {
  const retryAfterMs = corrections.delayMs(correctionKey(target));
  if (retryAfterMs <= 0) return undefined;
  const message = `${labelOf(target)} is changed again and again; it is put right at a bounded rate`;
  return { reason: "CorrectionLimited", message, retryAfterMs };
}
