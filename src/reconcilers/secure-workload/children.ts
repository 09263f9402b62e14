/** Makes each child what it must be. The only writes to children; what was written is taken into the cache at once. */
import { ADOPT_LABEL } from "../../crds/group.ts";
import { isAlreadyExists, isConflict, isInvalid, isMethodNotAllowed, isNotFound } from "../../kopf/api-error.ts";
import type { Cache } from "../../kopf/cache.ts";
import { type KubeObject, keyOf, type ObjectName } from "../../kopf/object.ts";
import { driftCase } from "../../plan/drift-cases.ts";
import { withLiveReplicas } from "../../plan/elastic.ts";
import { repaired } from "../../plan/judge.ts";
import { fieldsOf } from "../correction.ts";
import type { Deps, SyncDeps } from "../deps.ts";
import type { ChildRecord, Deviation, WorkloadRecord } from "../records.ts";
import type { AnyChildRecord, Desired, World } from "../world.ts";
import { announceBaselineChange, baselineChange } from "./baseline-change.ts";
import { type ChildProblem, type ChildResult, corrected, correctionKey, labelOf, limitOf } from "./corrected.ts";
import { CHILD_KINDS, type ChildKind, type ChildRole, CONTROLLER_KINDS } from "./expand.ts";
import { syncConfigs } from "./sync-configs.ts";

export interface Target {
  readonly resource: ChildKind["resource"];
  readonly cache: Cache<AnyChildRecord>;
  readonly name: ObjectName;
  /** The name of the workload whose child it is; undefined for what belongs to a whole namespace. */
  readonly workload?: string;
  /** Asked anew before every write: facts may move while a request is under way. */
  readonly desired: () => Desired | undefined;
  /** Whether the object was there before and its absence is somebody's doing; since when, in monotonic milliseconds. */
  readonly missingSinceMs: number | undefined;
  /** The drift case of its absence; 31 unless set. */
  readonly lossCase?: string;
  /** Whether it has run its course, and is left as it is whatever this version would make of it. */
  readonly isEnded?: (record: ChildRecord) => boolean;
  /** What is told once it is rewritten, where nothing but this version is the reason. */
  readonly announcement?: (record: ChildRecord) => (() => void) | undefined;
}

/** A child under contest between two writers is tried a few times in one pass; the next event brings the next pass. */
const MAX_TRIES = 4;

export async function syncChildren(
  workload: WorkloadRecord,
  deps: Deps,
  missingSinceMs: (kind: ChildKind) => number | undefined,
  signal: AbortSignal,
): Promise<readonly ChildResult[]> {
  const { world } = deps;
  const syncAll = (kinds: readonly ChildKind[]): Promise<readonly ChildResult[]> =>
    Promise.all(
      kinds.map((kind) => syncKind(kind, targetOf(workload, kind, deps, missingSinceMs(kind)), deps, signal)),
    );
  const sync = async (role: ChildRole): Promise<readonly ChildResult[]> => {
    const due = CHILD_KINDS.filter((kind) => kind.role === role && isDue(workload, kind, world));
    const first = await syncAll(due.filter(({ leansOn }) => leansOn === undefined));
    return [...first, ...(await syncAll(due.filter(({ leansOn }) => leansOn !== undefined)))];
  };
  const guards = [...(await sync("guard")), ...(await syncConfigs(workload, deps, signal))];
  // No pod before everything that closes it in, and everything that it mounts, stands.
  if (guards.some(({ problem }) => problem !== undefined) && !hasController(workload, deps)) return guards;
  const controllers = await sync("controller");
  return [...guards, ...controllers, ...(await sync("companion"))];
}

/** What ran a workload of another type goes only when its successor stands. */
function isDue(workload: WorkloadRecord, kind: ChildKind, world: World): boolean {
  if (world.isWithheld(workload, kind)) return false;
  if (kind.optional === true && !world.isServed(kind.resource)) return false;
  if (kind.role !== "controller" || world.desired(workload, kind) !== undefined) return true;
  return world.isRolledOut(workload);
}

const hasController = ({ ref: { namespace, name } }: WorkloadRecord, { world }: Deps): boolean =>
  CONTROLLER_KINDS.some(
    ({ resource, nameFor }) => world.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) })) !== undefined,
  );

function targetOf(workload: WorkloadRecord, kind: ChildKind, deps: Deps, missingSinceMs: number | undefined): Target {
  const target: Target = {
    resource: kind.resource,
    cache: deps.world.childrenOf(kind.resource),
    name: { namespace: workload.ref.namespace, name: kind.nameFor(workload.ref.name) },
    workload: workload.ref.name,
    desired: () => deps.world.desired(workload, kind),
    missingSinceMs,
    isEnded: (record) => isEndedRun(target, record, deps.world),
    announcement: (record) => {
      const change = baselineChange(target, record, deps);
      return change === undefined ? undefined : () => announceBaselineChange(labelOf(target), change, deps);
    },
  };
  return target;
}

/** A kind that goes takes its objects along first, and meanwhile refuses new ones: that is no problem of the workload's. */
async function syncKind(
  { optional }: ChildKind,
  target: Target,
  deps: Deps,
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
  deps: SyncDeps,
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
      return { problem: nameTaken(target, record) };
    case "surplus":
    case "unjudged":
      return look(target, deps, signal);
    case "outdated":
    case "drifted":
      if (target.isEnded?.(record) === true) return {};
      return record.deviation === undefined
        ? look(target, deps, signal)
        : repair(target, desired, record, record.deviation, deps, signal);
    default:
      throw new Error(`unexpected verdict ${String(record.verdict)}`);
  }
}

function nameTaken(target: Target, { deviation }: ChildRecord): ChildProblem {
  const { kind } = target.resource;
  const { name, namespace } = target.name;
  const label = `kubectl label ${kind.toLowerCase()} ${name} -n ${namespace} ${ADOPT_LABEL}=${target.workload}`;
  const isMadeAnew = deviation !== undefined && isImmutableChange(kind, deviation);
  const pods = KEEPS_PODS.has(kind) ? "; its pods go on as nobody's, until you delete them" : "";
  const cost = isMadeAnew ? ` (it cannot be changed into what is needed, so it is deleted and made anew${pods})` : "";
  return {
    reason: "NameTaken",
    message: `${labelOf(target)} existed before this workload and is not Palisade's: delete it, give the workload another name, or let it be taken over: ${label}${cost}`,
    retryAfterMs: 60_000,
  };
}

/** Reads the object and lets the cache judge it anew. */
async function look(target: Target, deps: SyncDeps, signal: AbortSignal): Promise<"again"> {
  const live = await deps.client.get(target.resource, target.name, { signal });
  if (live === undefined) target.cache.observeDeleted(target.name, target.cache.uid(keyOf(target.name)));
  else target.cache.observe(live);
  return "again";
}

async function create(
  target: Target,
  desired: Desired,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const missing = target.missingSinceMs;
  const limit = missing === undefined ? undefined : limitOf(target, deps);
  if (limit !== undefined) return { problem: limit };
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
      driftCase: target.lossCase ?? "31",
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
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildResult | "again"> {
  const { kind } = target.resource;
  if (deps.learned.isWorthAsking(kind, deviation.differences))
    return askForDefaults(target, desired, deviation, deps, signal);
  const isDrift = record.verdict === "drifted";
  const limit = isDrift ? limitOf(target, deps) : undefined;
  if (limit !== undefined) return { problem: limit };
  const announce = target.announcement?.(record);
  const standsMs = deps.rewrites.waitMs(correctionKey(target), desired, deviation);
  if (standsMs > 0) return { problem: rewritten(target, deviation, standsMs) };
  try {
    const wanted = withLiveReplicas(desired.object, deviation.live, desired.replicas);
    const object = repaired(wanted, deviation.live);
    target.cache.observe(await deps.client.replace(target.resource, object, { signal }));
    announce?.();
    noteRewrite(target, desired, deps);
    if ((deviation.live.metadata.managedFields ?? []).length === 0) await trackWriters(target, wanted, deps, signal);
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return look(target, deps, signal);
    if (isInvalid(error) && isImmutableChange(kind, deviation)) {
      announce?.();
      return removeToRecreate(target, deps, signal);
    }
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

/**
 * A run that ended, as the workload's status says of this spec, is a fact: whatever another version would make of it, to make
 * it anew would be to run it again.
 */
function isEndedRun({ name, workload }: Target, { verdict, conformed, health }: ChildRecord, world: World): boolean {
  const state = health?.run?.state;
  if (verdict !== "outdated" || conformed !== undefined || (state !== "Complete" && state !== "Failed")) return false;
  const record = world.workloads.get(keyOf({ ...name, name: workload ?? "" }));
  const told = record?.status.conditions?.find(({ type }) => type === "Ready");
  return (
    told?.observedGeneration === record?.generation && (told?.reason === "Completed" || told?.reason === "RunFailed")
  );
}

/** Compares what was just written with what the server made of it. */
function noteRewrite(target: Target, desired: Desired, deps: SyncDeps): void {
  const record = target.cache.get(keyOf(target.name));
  const deviation = record?.type === "child" ? record.deviation : undefined;
  const isExplained =
    deviation === undefined || deps.learned.isWorthAsking(target.resource.kind, deviation.differences);
  deps.rewrites.note(correctionKey(target), desired, isExplained ? undefined : deviation);
}

function rewritten(target: Target, { differences }: Deviation, retryAfterMs: number): ChildProblem {
  return {
    reason: "WriteChanged",
    message: `${labelOf(target)} is not stored as it is written: the API server, or a webhook in it, changes ${fieldsOf(differences).join(", ")}; let the webhook leave out this namespace`,
    retryAfterMs,
  };
}

/** Whoever wipes managedFields ends the tracking of writers; only an apply begins it again (KEP-555, DRIFT 34). */
async function trackWriters(target: Target, wanted: KubeObject, deps: SyncDeps, signal: AbortSignal): Promise<void> {
  target.cache.observe(await deps.client.apply(target.resource, wanted, { force: true, signal }));
}

/** Fields that the API server does not let change: the object is made anew instead. */
const IMMUTABLE: Readonly<Record<string, RegExp>> = {
  Deployment: /^spec\.selector/,
  StatefulSet: /^spec\.(selector|serviceName|podManagementPolicy|volumeClaimTemplates)/,
  DaemonSet: /^spec\.selector/,
  Job: /^spec\.(selector|template|completions|completionMode|podReplacementPolicy|manualSelector)/,
  RoleBinding: /^roleRef/,
  Service: /^spec\.(clusterIP|ipFamilyPolicy)/,
};

/** Pods whose controller is made anew under the same selector are taken over as they are: only runs begin again. */
const KEEPS_PODS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

function isImmutableChange(kind: string, { differences }: Deviation): boolean {
  const immutable = IMMUTABLE[kind];
  return immutable !== undefined && fieldsOf(differences).some((field) => immutable.test(field));
}

async function removeToRecreate(target: Target, deps: SyncDeps, signal: AbortSignal): Promise<"again"> {
  const uid = target.cache.uid(keyOf(target.name));
  await deps.client.delete(target.resource, target.name, {
    signal,
    ...(uid === undefined ? {} : { uid }),
    propagationPolicy: KEEPS_PODS.has(target.resource.kind) ? "Orphan" : "Background",
  });
  return look(target, deps, signal);
}

/** A field this version does not know: does the server add it to the desired object by itself? One dry run tells. */
async function askForDefaults(
  target: Target,
  desired: Desired,
  { live, differences }: Deviation,
  deps: SyncDeps,
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

async function remove(target: Target, record: ChildRecord, deps: SyncDeps, signal: AbortSignal): Promise<ChildResult> {
  await deps.client.delete(target.resource, target.name, { signal, uid: record.uid });
  target.cache.observeDeleted(target.name, record.uid);
  return {};
}
