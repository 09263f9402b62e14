/** Makes the immutable copies that a workload's pods mount, mends those that others touched, and removes those that nothing uses. */

import { hashOf, isAlreadyExists, type KubeObject, keyOf, nameOf, type ObjectName } from "kopf-ts";
import { driftCase } from "../../expand/child-kinds.ts";
import { type ConfigContent, contentHash, inlineCopies, readCopyName } from "../../expand/configs.ts";
import { inheritedLabels } from "../../expand/input.ts";
import { CONFIG_MAP } from "../../kubernetes/kinds.ts";
import { createdMsOf } from "../../kubernetes/metadata.ts";
import type { Action } from "../../plan/action.ts";
import { fieldsOf } from "../../plan/plan-changes.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { buildCopy, type CopyRecord, contentOf } from "../../state/config-copies.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { restoreMarks } from "./copy-metadata.ts";
import { type ChildResult, corrected, displayName, limitOf } from "./correction-result.ts";

/** Reads what the spec names and no cache knows yet: ConfigMaps are watched, but only those that somebody names are kept. */
export async function fetchConfigSources(workload: WorkloadRecord, deps: Deps, signal: AbortSignal): Promise<void> {
  const unknown = deps.state.references
    .configMapsOf(workload)
    .filter((source) => !deps.state.references.configs.isKnown(workload, source));
  await Promise.all(
    unknown.map(async (name) => {
      const live = await deps.client.get(CONFIG_MAP, { namespace: workload.ref.namespace, name }, { signal });
      if (live !== undefined) deps.state.references.configs.cache.observe(live);
    }),
  );
}

/** What is to be done to the copies: those that pods of the spec in force mount, and those that none uses any more. */
export function planCopies(workload: WorkloadRecord, state: ClusterState): readonly Action[] {
  const { references } = state;
  const needed = [...references.copiesNeeded(workload).keys()].flatMap(
    (copy) => copyAction(workload, copy, state) ?? [],
  );
  // Only once the pods of the spec in force stand: until then a pod of the one before may be made, and needs its copy.
  if (!state.isRolledOut(workload)) return needed;
  const keep = new Set([...references.copiesNeeded(workload).keys(), ...state.copiesUsed(workload)]);
  const unused = references.configs.copiesOf(workload).filter(([key]) => !keep.has(nameOf(key).name));
  return [
    ...needed,
    ...unused.map(([key, { uid }]) => copyOf(nameOf(key), "delete", "no pod uses it any more", { uid })),
  ];
}

function copyAction(workload: WorkloadRecord, copy: string, { references }: ClusterState): Action | undefined {
  const name = { namespace: workload.ref.namespace, name: copy };
  const record = references.configs.cache.get(keyOf(name));
  const seenMs = references.copyLostMs(workload, copy);
  if (record?.type !== "copy") {
    const lost = seenMs === undefined ? {} : { driftCase: "31", seenMs };
    return copyOf(name, "create", seenMs === undefined ? "pods mount it" : "somebody deleted it", lost);
  }
  const { uid, differences, changedBy } = record;
  switch (record.state) {
    case "intact":
      return bearsLabelsOf(workload, record)
        ? undefined
        : copyOf(name, "replace", "the workload's labels changed", { uid });
    case "deleting":
      return copyOf(name, "refetch", "it is being deleted", { uid });
    case "marked":
      return copyOf(name, "replace", "somebody changed its metadata", {
        uid,
        changedBy,
        seenMs: record.seenMs,
        driftCase: driftCase(CONFIG_MAP, differences),
        fields: fieldsOf(differences),
      });
    default:
      return copyOf(name, "recreate", "its content is not what the workload declares", {
        uid,
        changedBy,
        seenMs: record.seenMs,
        driftCase: "7",
        fields: ["data"],
      });
  }
}

const bearsLabelsOf = ({ ref: { labels } }: WorkloadRecord, { inherited }: CopyRecord): boolean =>
  hashOf(inheritedLabels(labels)) === hashOf(inherited);

const copyOf = (name: ObjectName, verb: Action["verb"], why: string, rest: Partial<Action>): Action => ({
  verb,
  subject: "config-copy",
  resource: CONFIG_MAP,
  name,
  why,
  fields: [],
  needs: [],
  ...rest,
});

/** Applies one action of {@link planCopies}. */
export async function applyCopy(
  { verb, name, uid = "" }: Action,
  workload: WorkloadRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult> {
  const { references } = deps.state;
  const needed = references.copiesNeeded(workload);
  if (needed.has(name.name))
    return syncCopy({ workload, copy: name.name, source: needed.get(name.name) }, deps, signal);
  if (verb !== "delete") return {};
  await deps.client.delete(CONFIG_MAP, name, { signal, uid });
  references.configs.cache.observeDeleted(name, uid);
  references.copyFound(workload, name.name);
  return {};
}

interface Needed {
  readonly workload: WorkloadRecord;
  readonly copy: string;
  /** Undefined for files that stand in the spec. */
  readonly source: string | undefined;
}

/** What follows from the workload's own labels is no correction. */
async function relabel(needed: Needed, record: CopyRecord, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  if (!bearsLabelsOf(needed.workload, record)) await restoreMarks(needed.workload, needed.copy, deps, signal);
  return {};
}

async function syncCopy(needed: Needed, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  const name = { namespace: needed.workload.ref.namespace, name: needed.copy };
  const target = { resource: CONFIG_MAP, name };
  const record = deps.state.references.configs.cache.get(keyOf(name));
  if (record?.type === "copy" && record.state === "intact") return relabel(needed, record, deps, signal);
  const lostMs = deps.state.references.copyLostMs(needed.workload, needed.copy);
  const isDrift = record !== undefined || lostMs !== undefined;
  const limit = isDrift ? limitOf(target, deps) : undefined;
  if (limit !== undefined) return { problem: limit };
  if (record?.type === "copy") return mend(needed, record, deps, signal);
  const made = await make(needed, deps, signal);
  deps.state.references.copyFound(needed.workload, needed.copy);
  if (typeof made === "object") return replaceStranger(needed, made, deps, signal);
  if (made === "stale" || lostMs === undefined) return {};
  const what = { action: "Recreate", driftCase: "31", fields: [], changedBy: undefined, seenMs: lostMs } as const;
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
    const message = `${displayName(target)} existed before this workload and holds something else than it needs: delete it, or give the workload another name`;
    return { problem: { reason: "NameTaken", message, retryAfterMs: 60_000 } };
  }
  const limit = limitOf(target, deps);
  if (limit !== undefined) return { problem: limit };
  const changedBy = deps.state.references.configs.writerOf(live);
  const forged = { uid: live.metadata.uid ?? "", changedBy, seenMs: deps.clock.monotonicMs() };
  return recreate(needed, forged, deps, signal);
}

/** Immutable content is put right by a new object. Whoever forges it may be quicker once: the next pass tries again. */
async function recreate(
  needed: Needed,
  { uid, changedBy, seenMs }: Pick<CopyRecord, "uid" | "changedBy" | "seenMs">,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult> {
  const name = { namespace: needed.workload.ref.namespace, name: needed.copy };
  const target = { resource: CONFIG_MAP, name };
  await deps.client.delete(CONFIG_MAP, name, { signal, uid });
  deps.state.references.configs.cache.observeDeleted(name, uid);
  const made = await make(needed, deps, signal);
  const what = { action: "Recreate", driftCase: "7", fields: ["data"], changedBy, seenMs } as const;
  const correction = corrected(target, deps, what);
  if (typeof made !== "object") return { correction };
  const message = `${displayName(target)} was forged again while it was made anew`;
  return { correction, problem: { reason: "ChildDeleting", message, retryAfterMs: 1_000 } };
}

async function mend(needed: Needed, record: CopyRecord, deps: Deps, signal: AbortSignal): Promise<ChildResult> {
  const name = { namespace: needed.workload.ref.namespace, name: needed.copy };
  const target = { resource: CONFIG_MAP, name };
  if (record.state === "deleting") {
    const message = `${displayName(target)} is being deleted; it is made anew when it is gone`;
    return { problem: { reason: "ChildDeleting", message, retryAfterMs: 1_000 } };
  }
  const { differences, changedBy, seenMs } = record;
  if (record.state === "marked") {
    const problem = await restoreMarks(needed.workload, needed.copy, deps, signal);
    if (problem !== undefined) return problem === "moved" ? {} : { problem };
    const told = { driftCase: driftCase(CONFIG_MAP, differences), fields: fieldsOf(differences) };
    return { correction: corrected(target, deps, { action: "Repair", ...told, changedBy, seenMs }) };
  }
  return recreate(needed, record, deps, signal);
}

/**
 * `outdated`: the source no longer says what the copy must hold, so it is another copy that is needed, and a pass follows.
 * An object: it stands under the copy's name and holds something else.
 */
type Made = "made" | "stale" | KubeObject;

async function make(needed: Needed, deps: Deps, signal: AbortSignal): Promise<Made> {
  const { workload, copy } = needed;
  const { cache } = deps.state.references.configs;
  const content = await contentFor(needed, deps, signal);
  const hash = readCopyName(copy)?.hash;
  if (content === undefined || contentHash(content) !== hash) return "stale";
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
    const spec = deps.state.granted.specs.of(workload);
    return spec === undefined ? undefined : inlineCopies(workload.ref.name, spec).get(copy);
  }
  const live: KubeObject | undefined = await deps.client.get(
    CONFIG_MAP,
    { namespace: workload.ref.namespace, name: source },
    { signal },
  );
  if (live === undefined) return undefined;
  deps.state.references.configs.cache.observe(live);
  return contentOf(live);
}
