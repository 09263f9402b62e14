/** Makes each child what it must be. The only writes to children; what was written is taken into the cache at once. */
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from "../../kopf/api-error.ts";
import type { Cache } from "../../kopf/cache.ts";
import { type KubeObject, keyOf, type ObjectName } from "../../kopf/object.ts";
import { driftCase } from "../../plan/drift-cases.ts";
import { repaired } from "../../plan/judge.ts";
import { type Correction, fieldsOf } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { ChildRecord, Deviation, WorkloadRecord } from "../records.ts";
import type { AnyChildRecord, Desired } from "../world.ts";
import { CHILD_KINDS, type ChildKind, type ChildRole, CONTROLLER_KINDS } from "./expand.ts";

export interface ChildProblem {
  readonly reason: "NameTaken" | "ChildDeleting" | "CorrectionLimited";
  readonly message: string;
  readonly retryAfterMs: number;
}

export interface Target {
  readonly resource: ChildKind["resource"];
  readonly cache: Cache<AnyChildRecord>;
  readonly name: ObjectName;
  /** Asked anew before every write: facts may move while a request is under way. */
  readonly desired: () => Desired | undefined;
  /** Whether the object was there before and its absence is somebody's doing; since when, in monotonic milliseconds. */
  readonly missingSinceMs: number | undefined;
}

export interface ChildResult {
  readonly correction?: Correction;
  readonly problem?: ChildProblem;
}

/** A child under contest between two writers is tried a few times in one pass; the next event brings the next pass. */
const MAX_TRIES = 4;

export async function syncChildren(
  workload: WorkloadRecord,
  deps: Deps,
  missingSinceMs: (kind: ChildKind) => number | undefined,
  signal: AbortSignal,
): Promise<readonly ChildResult[]> {
  const kinds = CHILD_KINDS.filter(({ resource, optional }) => optional !== true || deps.world.isServed(resource));
  const sync = (role: ChildRole): Promise<readonly ChildResult[]> =>
    Promise.all(
      kinds
        .filter((kind) => kind.role === role)
        .map((kind) => syncTarget(targetOf(workload, kind, deps, missingSinceMs(kind)), deps, signal)),
    );
  const guards = await sync("guard");
  // No pod before everything that closes it in stands.
  if (guards.some(({ problem }) => problem !== undefined) && !hasController(workload, deps)) return guards;
  const controllers = await sync("controller");
  return [...guards, ...controllers, ...(await sync("companion"))];
}

const hasController = ({ ref: { namespace, name } }: WorkloadRecord, { world }: Deps): boolean =>
  CONTROLLER_KINDS.some(
    ({ resource, nameFor }) => world.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) })) !== undefined,
  );

function targetOf(workload: WorkloadRecord, kind: ChildKind, deps: Deps, missingSinceMs: number | undefined): Target {
  return {
    resource: kind.resource,
    cache: deps.world.childrenOf(kind.resource),
    name: { namespace: workload.ref.namespace, name: kind.nameFor(workload.ref.name) },
    desired: () => deps.world.desired(workload, kind),
    missingSinceMs,
  };
}

/** One object to what is desired of it. Errors of the API server that another try cannot mend are thrown. */
export async function syncTarget(target: Target, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const desired = target.desired();
    const record = target.cache.get(keyOf(target.name));
    const known = record?.type === "child" ? record : undefined;
    if (desired === undefined) return isOurs(known) ? remove(target, known, deps, signal) : {};
    const result = await step(target, desired, record === undefined ? undefined : (known ?? "foreign"), deps, signal);
    if (result !== "again") return result;
  }
  return {
    problem: {
      reason: "CorrectionLimited",
      message: `${labelOf(target)} changes faster than it can be put right; trying on`,
      retryAfterMs: 250,
    },
  };
}

/** A child that was judged against a desired object once, or bears our mark; what was never ours is not ours to remove. */
function isOurs(record: ChildRecord | undefined): record is ChildRecord {
  return record !== undefined && (record.verdict === "surplus" || record.conformed !== undefined);
}

async function step(
  target: Target,
  desired: Desired,
  record: ChildRecord | "foreign" | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  if (record === undefined) return create(target, desired, deps, signal);
  if (record === "foreign") return look(target, deps, signal);
  switch (record.verdict) {
    case "conforms":
      return record.conformed === desired.digest ? {} : look(target, deps, signal);
    case "deleting":
      return {
        problem: {
          reason: "ChildDeleting",
          message: `${labelOf(target)} is being deleted; it is made anew when it is gone`,
          retryAfterMs: 1_000,
        },
      };
    case "taken":
      return { problem: nameTaken(target) };
    case "surplus":
    case "unjudged":
      return look(target, deps, signal);
    case "outdated":
    case "drifted":
      return record.deviation === undefined
        ? look(target, deps, signal)
        : repair(target, desired, record, record.deviation, deps, signal);
    default:
      throw new Error(`unexpected verdict ${String(record.verdict)}`);
  }
}

function nameTaken(target: Target): ChildProblem {
  return {
    reason: "NameTaken",
    message: `${labelOf(target)} existed before this workload and is not Palisade's: delete it, or give the workload another name`,
    retryAfterMs: 60_000,
  };
}

/** Reads the object and lets the cache judge it anew. */
async function look(target: Target, deps: Deps, signal: AbortSignal): Promise<"again"> {
  const live = await deps.client.get(target.resource, target.name, { signal });
  if (live === undefined) target.cache.observeDeleted(target.name, target.cache.uid(keyOf(target.name)));
  else target.cache.observe(live);
  return "again";
}

async function create(
  target: Target,
  desired: Desired,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const missing = target.missingSinceMs;
  const waitMs = missing === undefined ? 0 : deps.corrections.delayMs(correctionKey(target));
  if (waitMs > 0) return { problem: limited(target, waitMs) };
  try {
    target.cache.observe(await deps.client.create(target.resource, desired.object, { signal }));
  } catch (error) {
    if (isAlreadyExists(error)) return look(target, deps, signal);
    throw error;
  }
  if (missing === undefined) return {};
  return {
    correction: corrected(target, deps, {
      action: "Recreate",
      driftCase: "31",
      fields: [],
      culprit: undefined,
      seenMs: missing,
    }),
  };
}

async function repair(
  target: Target,
  desired: Desired,
  record: ChildRecord,
  deviation: Deviation,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const { kind } = target.resource;
  if (deps.learned.isWorthAsking(kind, deviation.differences))
    return askForDefaults(target, desired, deviation, deps, signal);
  const isDrift = record.verdict === "drifted";
  const waitMs = isDrift ? deps.corrections.delayMs(correctionKey(target)) : 0;
  if (waitMs > 0) return { problem: limited(target, waitMs) };
  try {
    const object = repaired(desired.object, deviation.live);
    target.cache.observe(await deps.client.replace(target.resource, object, { signal }));
    if ((deviation.live.metadata.managedFields ?? []).length === 0) await trackWriters(target, desired, deps, signal);
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return look(target, deps, signal);
    if (isInvalid(error) && isImmutableChange(kind, deviation)) return removeToRecreate(target, deps, signal);
    throw error;
  }
  if (!isDrift) return {};
  const { differences, culprit, seenMs } = deviation;
  return {
    correction: corrected(target, deps, {
      action: "Repair",
      driftCase: driftCase(kind, differences),
      fields: fieldsOf(differences),
      culprit,
      seenMs,
    }),
  };
}

/** Whoever wipes managedFields ends the tracking of writers; only an apply begins it again (KEP-555, DRIFT 34). */
async function trackWriters(target: Target, desired: Desired, deps: Deps, signal: AbortSignal): Promise<void> {
  target.cache.observe(await deps.client.apply(target.resource, desired.object, { force: true, signal }));
}

/** Fields that the API server does not let change: the object is made anew instead. */
const IMMUTABLE: Readonly<Record<string, RegExp>> = { Deployment: /^spec\.selector/, RoleBinding: /^roleRef/ };

function isImmutableChange(kind: string, { differences }: Deviation): boolean {
  const immutable = IMMUTABLE[kind];
  return immutable !== undefined && fieldsOf(differences).some((field) => immutable.test(field));
}

async function removeToRecreate(target: Target, deps: Deps, signal: AbortSignal): Promise<"again"> {
  const uid = target.cache.uid(keyOf(target.name));
  await deps.client.delete(target.resource, target.name, { signal, ...(uid === undefined ? {} : { uid }) });
  return look(target, deps, signal);
}

/** A field this version does not know: does the server add it to the desired object by itself? One dry run tells. */
async function askForDefaults(
  target: Target,
  desired: Desired,
  { live, differences }: Deviation,
  deps: Deps,
  signal: AbortSignal,
): Promise<"again"> {
  const { name: _name, ...metadata } = desired.object.metadata;
  const probe = {
    ...desired.object,
    metadata: { ...metadata, generateName: "palisade-probe-" },
  } as unknown as KubeObject;
  const answer = await deps.client.create(target.resource, probe, { dryRun: true, signal });
  deps.learned.learn(target.resource.kind, differences, answer);
  target.cache.observe(live);
  return "again";
}

async function remove(target: Target, record: ChildRecord, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  await deps.client.delete(target.resource, target.name, { signal, uid: record.uid });
  target.cache.observeDeleted(target.name, record.uid);
  return {};
}

/** What an object is called in corrections. */
export type Named = Pick<Target, "resource" | "name">;

/** As people read it: `Deployment/web` for example. */
export const labelOf = ({ resource, name }: Named): string => `${resource.kind}/${name.name}`;

export const correctionKey = ({ resource, name }: Named): string => `${resource.kind}/${keyOf(name)}`;

function limited(target: Target, waitMs: number): ChildProblem {
  return {
    reason: "CorrectionLimited",
    message: `${labelOf(target)} is changed again and again; it is put right at a bounded rate`,
    retryAfterMs: waitMs,
  };
}

/** Counts a correction and says what it was. */
export function corrected(
  target: Named,
  deps: Deps,
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
