/**
 * What outlives its workload without an owner: `kubectl delete --cascade=orphan` takes the owner reference off every child, and they would run on
 * with nobody to guard them (DRIFT 36). What still has an owner is the garbage collector's to remove.
 */
import {
  type KubeObject,
  keyOf,
  type Mapped,
  mapChanges,
  nameOf,
  type Outcome,
  type ReconcileContext,
  type Resource,
  type Source,
  settled,
  waiting,
} from "kopf-ts";
import { MANAGED_BY_LABEL, WORKLOAD_LABEL } from "../../crds/group.ts";
import { CHILD_KINDS, type ChildKind, CONTROLLER_KINDS } from "../../expand/child-kinds.ts";
import { CONTROLLER_REVISION, POD, REPLICA_SET, SERVICE } from "../../kubernetes/kinds.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { isForeign } from "../../state/records/foreign.ts";
import { corrected } from "../apply/correction-result.ts";
import { announce } from "../apply/report-correction.ts";
import type { Deps } from "../deps.ts";

/** A workload recreated within this time finds its children unchanged. */
export const ABANDONED_AFTER_MS = 60_000;
const PODS_END_MS = 5_000;

export function createAbandonedReconciler(deps: Deps): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const isReportOnly = deps.state.granted.enforcement(nameOf(key).namespace ?? "") === "Report";
    if (isReportOnly || deps.state.workloads.get(key) !== undefined) return settled();
    return removeLeftovers(key, deps, signal);
  };
}

/** Pod controllers first. Guards such as NetworkPolicies go after the last pod has ended. */
async function removeLeftovers(key: string, deps: Deps, signal: AbortSignal): Promise<Outcome> {
  for (const kind of CHILD_KINDS.toReversed()) {
    if (kind.role === "guard" && (await removePods(key, deps, signal)) > 0) return waiting("PodsEnding", PODS_END_MS);
    await removeChild(kind, key, deps, signal);
  }
  for (const [revision, { uid, owner }] of deps.state.history.of(key))
    if (owner === undefined) await remove(CONTROLLER_REVISION, { ...nameOf(revision), uid }, deps, signal);
  await removeServices(key, deps, signal);
  return settled();
}

async function removeChild(kind: ChildKind, key: string, deps: Deps, signal: AbortSignal): Promise<void> {
  if (kind.optional === true && !deps.state.childrenOf(kind.resource).isServed()) return;
  const { namespace = "", name } = nameOf(key);
  const live = await deps.client.get(kind.resource, { namespace, name: kind.nameFor(name) }, { signal });
  if (live !== undefined && isAbandoned(live, name)) await remove(kind.resource, live.metadata, deps, signal);
}

/** What its spec called them went with it. */
async function removeServices(key: string, deps: Deps, signal: AbortSignal): Promise<void> {
  const { namespace = "", name } = nameOf(key);
  const { items } = await deps.client.list(SERVICE, { namespace, labelSelector: `${WORKLOAD_LABEL}=${name}`, signal });
  for (const live of items) if (isAbandoned(live, name)) await remove(SERVICE, live.metadata, deps, signal);
}

function isAbandoned({ metadata }: KubeObject, workload: string): boolean {
  const { labels = {}, ownerReferences = [], deletionTimestamp } = metadata;
  const isOurs = labels[WORKLOAD_LABEL] === workload && labels[MANAGED_BY_LABEL] === "palisade";
  return isOurs && ownerReferences.length === 0 && deletionTimestamp === undefined;
}

/** Returns the number of pods left, including those that others terminate. */
async function removePods(key: string, deps: Deps, signal: AbortSignal): Promise<number> {
  const { pods, replicaSets } = deps.state;
  const nobodys = (
    made: readonly (readonly [Resource, string, { readonly uid: string; readonly owner: unknown } | undefined])[],
  ) => made.filter(([, , record]) => record !== undefined && record.owner === undefined);
  const left = pods.byIndex("workload", key);
  const abandoned = nobodys([
    ...replicaSets.byIndex("claims", key).map((set) => [REPLICA_SET, set, replicaSets.get(set)] as const),
    ...left.map((pod) => [POD, pod, pods.get(pod)] as const),
  ]);
  for (const [resource, object, record] of abandoned)
    await remove(resource, { ...nameOf(object), uid: record?.uid ?? "" }, deps, signal);
  return left.length;
}

async function remove(
  resource: Resource,
  { namespace = "", name, uid = "" }: { readonly namespace?: string; readonly name: string; readonly uid?: string },
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const target = { resource, name: { namespace, name } };
  if (!(await deps.client.delete(resource, target.name, { uid, signal }))) return;
  deps.state.cacheOf(resource)?.observeDeleted(target.name, uid);
  const fields = ["its workload no longer exists, and it has no owner"];
  const seenMs = deps.clock.monotonicMs();
  announce(
    undefined,
    corrected(target, deps, { action: "Delete", driftCase: "36", fields, changedBy: undefined, seenMs }),
    deps,
  );
}

/** Deleted workloads and, after a restart, pod controllers whose workload does not exist. */
export const abandonedSources = (state: ClusterState): readonly Source[] => [
  mapChanges(state.workloads, ({ type, key }) => (type === "deleted" ? [later(key)] : [])),
  ...CONTROLLER_KINDS.map(({ resource }) =>
    mapChanges(state.childrenOf(resource), ({ key, name, new: record }) =>
      isForeign(record, "pod-controller") &&
      record.facts.owner === undefined &&
      record.facts.workload === name.name &&
      state.workloads.get(keyOf(name)) === undefined
        ? [later(key)]
        : [],
    ),
  ),
];

const later = (key: string): Mapped => ({ key, afterMs: ABANDONED_AFTER_MS });
