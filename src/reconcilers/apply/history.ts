/**
 * Keeps the history of a workload: the spec in force becomes a revision, the oldest goes, and so does what somebody forged. Nothing waits for it, and it
 * holds nothing back.
 */
import { isAlreadyExists, isConflict, isNotFound, type KubeObject, keyOf } from "kopf-ts";
import { HISTORY_LABEL } from "../../crds/group.ts";
import { buildRevision, historyLabels, parsedSpec, revisionName, specHash } from "../../expand/history.ts";
import { CONTROLLER_REVISION } from "../../kubernetes/kinds.ts";
import { controllerOf } from "../../kubernetes/metadata.ts";
import { asServerWrites } from "../../kubernetes/stored-json.ts";
import type { HistoryPlan, KnownRevision } from "../../plan/history.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { corrected, limitOf } from "./correction-result.ts";
import { announce } from "./report-correction.ts";

interface Keeping {
  readonly workload: WorkloadRecord;
  readonly deps: Deps;
  readonly signal: AbortSignal;
}

/** To be called when the children follow the spec in force. */
export async function keepHistory(keeping: Keeping): Promise<void> {
  const plan = keeping.deps.state.history.plan(keeping.workload);
  if (plan === undefined) return;
  for (const revision of plan.remove) await remove(revision, keeping);
  await write(plan, keeping);
}

async function write({ write: due }: HistoryPlan, keeping: Keeping): Promise<void> {
  if (due === undefined) return;
  if (due.verb === "renumber") return renumber(due.revision, due.number, keeping);
  const { workload, deps } = keeping;
  const { newest } = due;
  const isRead = newest !== undefined && !deps.state.history.isKnown(workload, newest);
  if (isRead && (await isSame(newest, keeping))) return;
  await create(due.number, keeping);
}

/** After an upgrade the spec in force has the defaults of the newer version: that alone is no other spec. */
async function isSame({ name, hash: as }: KnownRevision, { workload, deps, signal }: Keeping): Promise<boolean> {
  const { client, state } = deps;
  const spec = state.granted.specs.of(workload);
  const live = await client.get(CONTROLLER_REVISION, named(workload, name), { signal });
  const stored = live === undefined ? undefined : parsedSpec(live);
  if (spec === undefined || stored === undefined || specHash(stored) !== specHash(spec)) return false;
  state.history.noteSame(workload, specHash(spec), as);
  return true;
}

async function create(number: number, keeping: Keeping): Promise<void> {
  const { workload, deps, signal } = keeping;
  const { client, state } = deps;
  const spec = state.granted.specs.of(workload);
  if (spec === undefined) return;
  try {
    const object = asServerWrites(buildRevision(workload.ref, spec, number)) as KubeObject;
    state.history.cache.observe(await client.create(CONTROLLER_REVISION, object, { signal }));
    state.history.noteSame(workload, specHash(spec), specHash(spec));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const name = named(workload, revisionName(workload.ref.name, specHash(spec)));
    const live = await client.get(CONTROLLER_REVISION, name, { signal });
    if (live !== undefined) await takeBack(live, number, keeping);
  }
}

/** It lost its label, or is of a workload of this name that is gone; anything else is somebody's, and stays. */
async function takeBack(live: KubeObject, number: number, keeping: Keeping): Promise<void> {
  const { workload, deps } = keeping;
  const { name, uid = "" } = live.metadata;
  if (controllerOf(live)?.uid === workload.ref.uid) return renumber({ name, uid }, number, keeping);
  if (live.metadata.labels?.[HISTORY_LABEL] === workload.ref.name) return erase({ name, uid }, keeping);
  deps.logger.warn(
    { child: `${CONTROLLER_REVISION.kind}/${name}`, workload: workload.key },
    "a spec is not kept in the history: its name is taken",
  );
}

type Named = Pick<KnownRevision, "name" | "uid">;

/** Somebody may have changed or deleted it just now: the next pass sees that. */
async function renumber({ name, uid }: Named, number: number, { workload, deps, signal }: Keeping): Promise<void> {
  const { client, state } = deps;
  const patch = { metadata: { uid, labels: historyLabels(workload.ref) }, revision: number };
  try {
    const written = await client.patch(CONTROLLER_REVISION, named(workload, name), patch, { type: "merge", signal });
    state.history.cache.observe(written);
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}

async function remove(revision: KnownRevision, keeping: Keeping): Promise<void> {
  const { workload, deps } = keeping;
  const target = { resource: CONTROLLER_REVISION, name: named(workload, revision.name) };
  const record = deps.state.history.cache.get(keyOf(target.name));
  const isForged = !revision.isIntact && record?.owner === workload.ref.uid;
  if (isForged && limitOf(target, deps) !== undefined) return;
  const seenMs = deps.clock.monotonicMs();
  await erase(revision, keeping);
  if (!isForged) return;
  const what = { action: "Delete", driftCase: "other", fields: ["data"], changedBy: record.changedBy, seenMs } as const;
  announce(workload, corrected(target, deps, what), deps);
}

async function erase({ name, uid }: Named, { workload, deps, signal }: Keeping): Promise<void> {
  try {
    await deps.client.delete(CONTROLLER_REVISION, named(workload, name), { uid, signal });
    deps.state.history.cache.observeDeleted(named(workload, name), uid);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

const named = ({ ref: { namespace } }: WorkloadRecord, name: string) => ({ namespace, name });
