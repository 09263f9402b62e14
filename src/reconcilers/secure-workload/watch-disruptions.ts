/** Counts pods that something takes away beside their controller, and tells of it where they are many. */
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import type { CacheChange } from "../../kopf/cache.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { keyOf } from "../../kopf/object.ts";
import type { Source } from "../../kopf/operator.ts";
import { type Outcome, settled } from "../../kopf/outcome.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { Disruptions, MANY } from "./disruptions.ts";

/** What the pods' cache has told of and no pass has taken up yet: the reasons by workload. */
type Pending = Map<string, string[]>;

/** `isMine` says whether this replica works on a namespace: the others see the same pods, and count none. */
export function watchDisruptions(
  deps: Deps,
  isMine: (namespace: string) => boolean,
): { readonly sources: readonly Source[]; readonly reconcile: (context: ReconcileContext) => Promise<Outcome> } {
  const pending: Pending = new Map();
  const disruptions = new Disruptions(deps.clock);
  deps.world.workloads.onChange(({ type, key }) => {
    if (type === "deleted") disruptions.forget(key);
  });
  const subscribe: Source["subscribe"] = (enqueue) => {
    deps.world.pods.onChange((change) => {
      const found = disruptionIn(change, deps.world);
      if (found === undefined || !isMine(change.name.namespace ?? "")) return;
      pending.set(found.workload, [...(pending.get(found.workload) ?? []), found.reason]);
      enqueue(found.workload, false);
    });
  };
  return {
    sources: [{ subscribe }],
    reconcile: async ({ key }) => {
      const reasons = pending.get(key) ?? [];
      pending.delete(key);
      const workload = deps.world.workloads.get(key);
      for (const reason of reasons) {
        deps.metrics.podDisruptions.inc({ reason });
        if (disruptions.note(key) && workload !== undefined) tell(workload, reason, deps);
      }
      return settled();
    },
  };
}

/** The reason is what Kubernetes calls it (KEP-3329), or `Deleted` where it says nothing. */
function disruptionIn(
  { old, new: pod, name, initial }: CacheChange<PodRecord>,
  world: World,
): { readonly workload: string; readonly reason: string } | undefined {
  if (initial || pod?.workload === undefined) return undefined;
  const workload = world.workloads.get(keyOf({ ...name, name: pod.workload }));
  if (workload === undefined) return undefined;
  const isNewlyDeleted = pod.deleting && old?.deleting === false && pod.disruption === undefined;
  const isDisrupted = pod.disruption !== undefined && old?.disruption === undefined;
  if (!isDisrupted && !(isNewlyDeleted && isMissed(pod, workload, world))) return undefined;
  return { workload: workload.key, reason: pod.disruption ?? "Deleted" };
}

function tell({ ref }: WorkloadRecord, reason: string, { recorder }: Deps): void {
  const { namespace, name, uid } = ref;
  recorder.event({
    regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } },
    type: "Warning",
    reason: "PodsDisrupted",
    action: "None",
    note: `${MANY} pods were taken away within five minutes, the last by ${reason}: look at who evicts, and what is scheduled before them`,
  });
}

/**
 * Whether its controller did not want it gone: fewer pods are left than are wanted, and none of a newer template is there, which would be taking
 * its place.
 */
function isMissed(pod: PodRecord, workload: WorkloadRecord, world: World): boolean {
  const others = world.pods
    .byIndex("workload", workload.key)
    .flatMap((key) => world.pods.get(key) ?? [])
    .filter(({ uid, deleting }) => uid !== pod.uid && !deleting);
  const wanted = world.healthOf(workload)?.wanted ?? workload.spec?.replicas ?? 0;
  if (pod.owner === undefined || others.length >= wanted) return false;
  return others.every((other) => revisionOf(other) === revisionOf(pod));
}

const revisionOf = ({ labels }: PodRecord): string | undefined =>
  labels["pod-template-hash"] ?? labels["controller-revision-hash"];
