/** The requests that write a child: create, replace, create again, delete. Each leaves the cache as the API server answered. */
import { isAlreadyExists, isConflict, isInvalid, isNotFound, type KubeObject, keyOf } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import { driftCase, isImmutableChange, keepsPods } from "../../expand/child-kinds.ts";
import { repaired } from "../../plan/compare.ts";
import type { Desired } from "../../plan/desired.ts";
import { fieldsOf } from "../../plan/plan-changes.ts";
import type { ChildRecord, Deviation } from "../../state/records/child.ts";
import type { SyncDeps } from "../deps.ts";
import { actionKey, type ChildResult, corrected, limitOf, pausedProblem } from "./correction-result.ts";
import { acceptedMutation, type Change, mutatedWriteProblem, probeOf } from "./mutated-write.ts";
import type { Target } from "./target.ts";

/** Reads the object; the cache compares it. */
export async function refetch(target: Target, deps: SyncDeps, signal: AbortSignal): Promise<"again"> {
  const live = await deps.client.get(target.resource, target.name, { signal });
  if (live === undefined) target.cache.observeDeleted(target.name, target.cache.uid(keyOf(target.name)));
  else target.cache.observe(live, "read");
  return "again";
}

export async function createChild(
  target: Target,
  desired: Desired,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const missing = target.missingSinceMs;
  const limit = missing === undefined ? undefined : limitOf(target, deps);
  if (limit !== undefined) return { problem: limit };
  if (missing !== undefined && !(await isOwnerThere(target, desired, deps, signal))) return {};
  try {
    const note = target.onWrite?.(desired);
    const stored = await deps.client.create(target.resource, desired.object, { signal });
    note?.();
    target.cache.observe(stored);
  } catch (error) {
    if (isAlreadyExists(error)) return refetch(target, deps, signal);
    throw error;
  }
  if (missing === undefined) return {};
  return {
    correction: corrected(target, deps, {
      action: "Recreate",
      driftCase: target.lossCase ?? "31",
      fields: [],
      changedBy: undefined,
      seenMs: missing,
    }),
  };
}

/** A child that went with its workload is heard of before it at times, and is nobody's deed. */
async function isOwnerThere(
  { workload: name, name: { namespace } }: Target,
  desired: Desired,
  { client }: SyncDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (name === undefined || namespace === undefined) return true;
  const owner = await client.get(SECURE_WORKLOAD, { namespace, name }, { signal });
  if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return false;
  const owners = desired.object.metadata.ownerReferences ?? [];
  return owners.every(({ kind, uid }) => kind !== SECURE_WORKLOAD.kind || uid === owner.metadata.uid);
}

export async function repairChild(
  target: Target,
  change: Change,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const { desired, record, deviation } = change;
  if (deviation.digest !== desired.digest) return refetch(target, deps, signal);
  if (deps.learned.isWorthAsking(target.resource.kind, deviation.differences))
    return askForDefaults(target, change, deps, signal);
  const isDrift = record.comparison === "drifted";
  if (record.isMadeAnew === true) return removeToRecreate(target, change, deps, signal);
  if (await acceptedMutation(target, change, deps, signal)) return "again";
  const problem =
    (isDrift ? limitOf(target, deps) : undefined) ?? (await mutatedWriteProblem(target, change, deps, signal));
  if (problem !== undefined) return { problem };
  const announce = target.announcement?.(record);
  try {
    await replace(target, change, deps, signal);
    announce?.();
  } catch (error) {
    return afterRefusal(error, target, change, { announce, deps, signal });
  }
  return isDrift ? { correction: correctionOf(target, deviation, deps) } : {};
}

interface Refused {
  readonly announce: (() => void) | undefined;
  readonly deps: SyncDeps;
  readonly signal: AbortSignal;
}

/** Somebody was quicker: compare again. What cannot be changed in place is created again. */
async function afterRefusal(
  error: unknown,
  target: Target,
  change: Change,
  { announce, deps, signal }: Refused,
): Promise<ChildResult | "again"> {
  if (isConflict(error) || isNotFound(error)) return refetch(target, deps, signal);
  if (!isInvalid(error) || !isImmutableChange(target.resource, change.deviation.differences)) throw error;
  announce?.();
  return removeToRecreate(target, change, deps, signal);
}

async function replace(
  target: Target,
  { desired, deviation }: Change,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<void> {
  const { live, wanted } = deviation;
  const written = repaired(wanted, live, desired.toleratedMetadata);
  const note = target.onWrite?.(desired);
  const stored = await deps.client.replace(target.resource, written, { signal });
  note?.();
  target.cache.observe(stored, "write");
  noteRewrite(target, desired, deps);
  if ((live.metadata.managedFields ?? []).length === 0) await trackWriters(target, wanted, deps, signal);
}

function correctionOf(target: Target, { differences, changedBy, seenMs }: Deviation, deps: SyncDeps) {
  return corrected(target, deps, {
    action: "Repair",
    driftCase: driftCase(target.resource, differences),
    fields: fieldsOf(differences),
    changedBy,
    seenMs,
  });
}

/** Compares what was just written with what the server made of it. */
function noteRewrite(target: Target, desired: Desired, deps: SyncDeps): void {
  const record = target.cache.get(keyOf(target.name));
  const deviation = record?.type === "child" ? record.deviation : undefined;
  const isExplained =
    deviation === undefined || deps.learned.isWorthAsking(target.resource.kind, deviation.differences);
  deps.rewrites.note(actionKey(target), desired, isExplained ? undefined : deviation);
}

/** Whoever wipes managedFields ends the tracking of writers; only an apply begins it again (KEP-555, DRIFT 34). */
async function trackWriters(target: Target, wanted: KubeObject, deps: SyncDeps, signal: AbortSignal): Promise<void> {
  target.cache.observe(await deps.client.apply(target.resource, wanted, { force: true, signal }));
}

/** The pods of a controller are orphaned, and its successor adopts them: they keep running meanwhile. */
async function removeToRecreate(
  target: Target,
  { record, deviation }: Change,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const { kind } = target.resource;
  const cause = `${kind} by ${deviation.changedBy?.manager ?? "an unknown field manager"}`;
  const { namespace = "" } = target.name;
  const expense = { cause, workload: keyOf({ namespace, name: target.workload ?? "" }), namespace };
  const pause = record.comparison === "drifted" ? deps.budget.take(expense) : undefined;
  if (pause !== undefined)
    return { problem: pausedProblem(target, pause.untilMs - deps.clock.monotonicMs()), paused: pause };
  target.onRecreate?.();
  await deps.client.delete(target.resource, target.name, {
    signal,
    uid: record.uid,
    propagationPolicy: keepsPods(target.resource) ? "Orphan" : "Background",
  });
  return refetch(target, deps, signal);
}

/** A field this version does not know: does the server add it to the desired object by itself? One dry run tells. */
async function askForDefaults(
  target: Target,
  { desired, deviation: { live, differences } }: Change,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<"again"> {
  const answer = await deps.client.create(target.resource, probeOf(desired.object), { dryRun: true, signal });
  deps.learned.learn(target.resource.kind, differences, answer);
  target.cache.observe(live);
  return "again";
}

export async function removeChild(
  target: Target,
  record: ChildRecord,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult> {
  await deps.client.delete(target.resource, target.name, { signal, uid: record.uid });
  target.cache.observeDeleted(target.name, record.uid);
  return {};
}
