/**
 * What outlives its workload without an owner: `kubectl delete --cascade=orphan` takes the owner reference off every child, and they would run on
 * with nobody to guard them (DRIFT 36). What still has an owner is the garbage collector's to remove.
 */
import { MANAGED_BY_LABEL, WORKLOAD_LABEL } from "../../crds/group.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { type KubeObject, keyOf, nameOf } from "../../kopf/object.ts";
import { from, type Mapped, type Source } from "../../kopf/operator.ts";
import { type Outcome, settled, waiting } from "../../kopf/outcome.ts";
import type { Resource } from "../../kopf/resource.ts";
import { announce } from "../announce.ts";
import type { Deps } from "../deps.ts";
import type { World } from "../world.ts";
import { corrected } from "./corrected.ts";
import { CHILD_KINDS, type ChildKind, CONTROLLER_KINDS } from "./expand.ts";
import { POD, REPLICA_SET } from "./resources/kinds.ts";

/** A workload that is made anew within so long finds its children as they were. */
export const ABANDONED_AFTER_MS = 60_000;
const PODS_END_MS = 5_000;

export function createAbandonedReconciler(deps: Deps): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    if (deps.world.workloads.get(key) !== undefined) return settled();
    // What runs pods goes first, and what closes them in when the last of them has ended.
    for (const kind of CHILD_KINDS.toReversed()) {
      if (kind.role === "guard" && (await removePods(key, deps, signal)) > 0) return waiting("PodsEnding", PODS_END_MS);
      await removeChild(kind, key, deps, signal);
    }
    return settled();
  };
}

async function removeChild(kind: ChildKind, key: string, deps: Deps, signal: AbortSignal): Promise<void> {
  if (kind.optional === true && !deps.world.childrenOf(kind.resource).isServed()) return;
  const { namespace = "", name } = nameOf(key);
  const live = await deps.client.get(kind.resource, { namespace, name: kind.nameFor(name) }, { signal });
  if (live !== undefined && isAbandoned(live, name)) await remove(kind.resource, live.metadata, deps, signal);
}

function isAbandoned({ metadata }: KubeObject, workload: string): boolean {
  const { labels = {}, ownerReferences = [], deletionTimestamp } = metadata;
  const isOurs = labels[WORKLOAD_LABEL] === workload && labels[MANAGED_BY_LABEL] === "palisade";
  return isOurs && ownerReferences.length === 0 && deletionTimestamp === undefined;
}

/** How many pods of the workload are left, whoever ends them. */
async function removePods(key: string, deps: Deps, signal: AbortSignal): Promise<number> {
  const { pods, replicaSets } = deps.world;
  const nobodys = (
    made: readonly (readonly [Resource, string, { readonly uid: string; readonly owner: unknown } | undefined])[],
  ) => made.filter(([, , record]) => record !== undefined && record.owner === undefined);
  const left = pods.byIndex("workload", key);
  const abandoned = nobodys([
    ...replicaSets.byIndex("maker", key).map((set) => [REPLICA_SET, set, replicaSets.get(set)] as const),
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
  deps.world.cacheOf(resource)?.observeDeleted(target.name, uid);
  const fields = ["its workload is gone, and nothing owns it"];
  const seenMs = deps.clock.monotonicMs();
  announce(
    undefined,
    corrected(target, deps, { action: "Delete", driftCase: "36", fields, culprit: undefined, seenMs }),
    deps,
  );
}

/** A workload that went; or, after a restart, what runs pods under the name of one that is not there. */
export const abandonedSources = (world: World): readonly Source[] => [
  from(world.workloads, ({ type, key }) => (type === "deleted" ? [later(key)] : [])),
  ...CONTROLLER_KINDS.map(({ resource }) =>
    from(world.childrenOf(resource), ({ key, name, new: record }) =>
      record?.type === "foreign-maker" &&
      record.owner === undefined &&
      record.workload === name.name &&
      world.workloads.get(keyOf(name)) === undefined
        ? [later(key)]
        : [],
    ),
  ),
];

const later = (key: string): Mapped => ({ key, afterMs: ABANDONED_AFTER_MS });
