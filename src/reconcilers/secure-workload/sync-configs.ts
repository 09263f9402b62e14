/** Makes the immutable copies that a workload's pods mount, mends those that others touched, and removes those that nothing uses. */
import { isAlreadyExists, isConflict, isNotFound } from "../../kopf/api-error.ts";
import { type KubeObject, keyOf, nameOf } from "../../kopf/object.ts";
import { driftCase } from "../../plan/drift-cases.ts";
import { buildCopy, type CopyRecord, contentOf } from "../config-copies.ts";
import { fieldsOf } from "../correction.ts";
import type { Deps } from "../deps.ts";
import { createdMsOf, type WorkloadRecord } from "../records.ts";
import { type ChildResult, corrected, labelOf, limitOf } from "./corrected.ts";
import { type ConfigContent, contentHash, inlineCopies, readCopyName } from "./resources/configs.ts";
import { CONFIG_MAP } from "./resources/kinds.ts";

/** Reads what the spec names and no cache knows yet: ConfigMaps are watched, but only those that somebody names are kept. */
export async function lookForSources(workload: WorkloadRecord, deps: Deps, signal: AbortSignal): Promise<void> {
  const unknown = deps.world.references
    .configMapsOf(workload)
    .filter((source) => !deps.world.references.configs.isKnown(workload, source));
  await Promise.all(
    unknown.map(async (name) => {
      const live = await deps.client.get(CONFIG_MAP, { namespace: workload.ref.namespace, name }, { signal });
      if (live !== undefined) deps.world.references.configs.cache.observe(live);
    }),
  );
}

/** Each copy that the spec in force needs stands, intact, before any pod is made that mounts it. */
export async function syncConfigs(
  workload: WorkloadRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly ChildResult[]> {
  const needed = deps.world.references.copiesNeeded(workload);
  return Promise.all([...needed].map(([copy, source]) => syncCopy({ workload, copy, source }, deps, signal)));
}

interface Needed {
  readonly workload: WorkloadRecord;
  readonly copy: string;
  /** Undefined for files that stand in the spec. */
  readonly source: string | undefined;
}

async function syncCopy(needed: Needed, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  const name = { namespace: needed.workload.ref.namespace, name: needed.copy };
  const target = { resource: CONFIG_MAP, name };
  const record = deps.world.references.configs.cache.get(keyOf(name));
  if (record?.type === "copy" && record.state === "intact") return {};
  const lostMs = deps.world.references.lostCopies.get(keyOf(name));
  const isDrift = record !== undefined || lostMs !== undefined;
  const limit = isDrift ? limitOf(target, deps) : undefined;
  if (limit !== undefined) return { problem: limit };
  if (record?.type === "copy") return mend(needed, record, deps, signal);
  const made = await make(needed, deps, signal);
  deps.world.references.lostCopies.delete(keyOf(name));
  if (typeof made === "object") return replaceStranger(needed, made, deps, signal);
  if (made === "outdated" || lostMs === undefined) return {};
  const what = { action: "Recreate", driftCase: "31", fields: [], culprit: undefined, seenMs: lostMs } as const;
  return { correction: corrected(target, deps, what) };
}

/**
 * Something else stands under the copy's name, without a mark of ours: somebody's, if it was there before the workload;
 * else forged while nobody looked (DRIFT 7). Either way no pod is made that would mount it.
 */
async function replaceStranger(
  needed: Needed,
  live: KubeObject,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult> {
  const { workload, copy } = needed;
  const name = { namespace: workload.ref.namespace, name: copy };
  const target = { resource: CONFIG_MAP, name };
  if (createdMsOf(live) < workload.createdMs) {
    const message = `${labelOf(target)} existed before this workload and holds something else than it needs: delete it, or give the workload another name`;
    return { problem: { reason: "NameTaken", message, retryAfterMs: 60_000 } };
  }
  const limit = limitOf(target, deps);
  if (limit !== undefined) return { problem: limit };
  const culprit = deps.world.references.configs.writerOf(live);
  const forged = { uid: live.metadata.uid ?? "", culprit, seenMs: deps.clock.monotonicMs() };
  return recreate(needed, forged, deps, signal);
}

/** Immutable content is put right by a new object. Whoever forges it may be quicker once: the next pass tries again. */
async function recreate(
  needed: Needed,
  { uid, culprit, seenMs }: Pick<CopyRecord, "uid" | "culprit" | "seenMs">,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult> {
  const name = { namespace: needed.workload.ref.namespace, name: needed.copy };
  const target = { resource: CONFIG_MAP, name };
  await deps.client.delete(CONFIG_MAP, name, { signal, uid });
  deps.world.references.configs.cache.observeDeleted(name, uid);
  const made = await make(needed, deps, signal);
  const what = { action: "Recreate", driftCase: "7", fields: ["data"], culprit, seenMs } as const;
  const correction = corrected(target, deps, what);
  if (typeof made !== "object") return { correction };
  const message = `${labelOf(target)} was forged again while it was made anew`;
  return { correction, problem: { reason: "ChildDeleting", message, retryAfterMs: 1_000 } };
}

async function mend(needed: Needed, record: CopyRecord, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  const name = { namespace: needed.workload.ref.namespace, name: needed.copy };
  const target = { resource: CONFIG_MAP, name };
  if (record.state === "deleting") {
    const message = `${labelOf(target)} is being deleted; it is made anew when it is gone`;
    return { problem: { reason: "ChildDeleting", message, retryAfterMs: 1_000 } };
  }
  const { differences, culprit, seenMs } = record;
  if (record.state === "marked") {
    if (!(await restoreMarks(needed, deps, signal))) return {};
    const told = { driftCase: driftCase(CONFIG_MAP.kind, differences), fields: fieldsOf(differences) };
    return { correction: corrected(target, deps, { action: "Repair", ...told, culprit, seenMs }) };
  }
  return recreate(needed, record, deps, signal);
}

/** Whatever stands around the content is put back; the content cannot have changed. False when the object moved meanwhile. */
async function restoreMarks({ workload, copy }: Needed, deps: Deps, signal: AbortSignal): Promise<boolean> {
  const { cache } = deps.world.references.configs;
  const live = await deps.client.get(CONFIG_MAP, { namespace: workload.ref.namespace, name: copy }, { signal });
  if (live === undefined) return false;
  const desired = buildCopy(workload, copy, contentOf(live));
  const metadata = { ...desired.metadata, resourceVersion: live.metadata.resourceVersion ?? "" };
  try {
    cache.observe(await deps.client.replace(CONFIG_MAP, { ...desired, metadata }, { signal }));
    return true;
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
    return false;
  }
}

/**
 * `outdated`: the source no longer says what the copy must hold, so it is another copy that is needed, and a pass follows.
 * An object: it stands under the copy's name and holds something else.
 */
type Made = "made" | "outdated" | KubeObject;

async function make(needed: Needed, deps: Deps, signal: AbortSignal): Promise<Made> {
  const { workload, copy } = needed;
  const { cache } = deps.world.references.configs;
  const content = await contentFor(needed, deps, signal);
  const hash = readCopyName(copy)?.hash;
  if (content === undefined || contentHash(content) !== hash) return "outdated";
  try {
    cache.observe(await deps.client.create(CONFIG_MAP, buildCopy(workload, copy, content), { signal }));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const live = await deps.client.get(CONFIG_MAP, { namespace: workload.ref.namespace, name: copy }, { signal });
    if (live === undefined) throw error;
    cache.observe(live);
    if (contentHash(contentOf(live)) !== hash) return live;
  }
  return "made";
}

async function contentFor(
  { workload, copy, source }: Needed,
  deps: Deps,
  signal: AbortSignal,
): Promise<ConfigContent | undefined> {
  if (source === undefined) {
    const spec = deps.world.granted.specs.of(workload);
    return spec === undefined ? undefined : inlineCopies(workload.ref.name, spec).get(copy);
  }
  const live: KubeObject | undefined = await deps.client.get(
    CONFIG_MAP,
    { namespace: workload.ref.namespace, name: source },
    { signal },
  );
  if (live === undefined) return undefined;
  deps.world.references.configs.cache.observe(live);
  return contentOf(live);
}

/** Only once the pods of the spec in force stand: until then a pod of the one before may be made, and needs its copy. */
export async function pruneConfigs(workload: WorkloadRecord, deps: Deps, signal: AbortSignal): Promise<void> {
  const { world } = deps;
  if (!world.isRolledOut(workload)) return;
  const needed = world.references.copiesNeeded(workload);
  const used = world.copiesUsed(workload);
  const unused = world.references.configs.copiesOf(workload).filter(([key]) => {
    const { name } = nameOf(key);
    return !needed.has(name) && !used.has(name);
  });
  await Promise.all(
    unused.map(async ([key, { uid }]) => {
      const name = nameOf(key);
      await deps.client.delete(CONFIG_MAP, name, { signal, uid });
      world.references.configs.cache.observeDeleted(name, uid);
      world.references.lostCopies.delete(key);
    }),
  );
}
