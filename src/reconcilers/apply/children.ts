/** Brings one object to what is desired of it. What was written goes into the cache at once, ahead of the watch. */

import { isMethodNotAllowed, isNotFound, keyOf } from "kopf-ts";
import { asksForImmutableChange, type ChildKind } from "../../expand/child-kinds.ts";
import { beingDeleted, nameTaken } from "../../plan/action.ts";
import type { Desired } from "../../plan/desired.ts";
import type { ChildRecord } from "../../state/records/child.ts";
import type { SyncDeps } from "../deps.ts";
import { type ChildResult, displayName } from "./correction-result.ts";
import { adoptionAdvice } from "./name-conflict.ts";
import type { Target } from "./target.ts";
import { createChild, refetch, removeChild, repairChild } from "./write-child.ts";

/** A child under contest between two writers is tried a few times in one pass; the next event brings the next pass. */
const MAX_TRIES = 4;

/** A kind that goes takes its objects along first, and meanwhile refuses new ones: that is no problem of the workload's. */
export async function syncChild(
  { optional }: ChildKind,
  target: Target,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult> {
  try {
    return await syncTarget(target, deps, signal);
  } catch (error) {
    if (optional !== true || !(isNotFound(error) || isMethodNotAllowed(error))) throw error;
    target.cache.refresh();
    return {};
  }
}

/** One object to what is desired of it. Errors of the API server that another try cannot mend are thrown. */
export async function syncTarget(target: Target, deps: SyncDeps, signal: AbortSignal): Promise<ChildResult> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const result = await tryOnce(target, deps, signal);
    if (result !== "again") return result;
  }
  return {
    problem: {
      reason: "CorrectionLimited",
      message: `${displayName(target)} changes faster than Palisade can correct it; the next try follows`,
      retryAfterMs: 250,
    },
  };
}

async function tryOnce(target: Target, deps: SyncDeps, signal: AbortSignal): Promise<ChildResult | "again"> {
  const desired = target.desired();
  const record = target.cache.get(keyOf(target.name));
  const known = record?.type === "child" ? record : undefined;
  if (desired === undefined) return isOursToRemove(known) ? removeChild(target, known, deps, signal) : {};
  if (record === undefined) return createChild(target, desired, deps, signal);
  return known === undefined ? refetch(target, deps, signal) : step(target, { desired, record: known }, deps, signal);
}

/** A child that was judged against a desired object once, or bears our mark; what was never ours is not ours to remove. */
export function isOursToRemove(record: ChildRecord | undefined): record is ChildRecord {
  return record !== undefined && (record.comparison === "extraneous" || record.conformed !== undefined);
}

interface Known {
  readonly desired: Desired;
  readonly record: ChildRecord;
}

async function step(
  target: Target,
  { desired, record }: Known,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  switch (record.comparison) {
    case "inSync":
      return record.conformed === desired.digest ? {} : refetch(target, deps, signal);
    case "deleting":
      return { problem: beingDeleted(target) };
    case "nameConflict":
      return { problem: nameTaken(target, adviceOn(target, record)) };
    case "extraneous":
    case "unknown":
      return refetch(target, deps, signal);
    case "stale":
    case "drifted":
      if (target.isPostponed?.(record) === true) return {};
      return record.deviation === undefined
        ? refetch(target, deps, signal)
        : repairChild(target, { desired, record, deviation: record.deviation }, deps, signal);
    default:
      throw new Error(`unexpected comparison ${String(record.comparison)}`);
  }
}

function adviceOn({ resource, name, workload }: Target, { deviation }: ChildRecord): string {
  const isImmutable = deviation !== undefined && asksForImmutableChange(resource, deviation.differences);
  return adoptionAdvice({ resource, name, workload, isImmutable });
}
