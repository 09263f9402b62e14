/** Counts pods that something takes away beside their controller, and tells of it where they are many. */
import { type CacheChange, keyOf, type Outcome, type ReconcileContext, type Source, settled } from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { Disruptions, MANY } from "./counter.ts";

/** What the pods' cache has told of and no pass has taken up yet: the reasons by workload. */
type Pending = Map<string, string[]>;

/** `isMine` says whether this replica works on a namespace: the others see the same pods, and count none. */
export function watchDisruptions(
  deps: Deps,
  isMine: (namespace: string) => boolean,
): { readonly sources: readonly Source[]; readonly reconcile: (context: ReconcileContext) => Promise<Outcome> } {
  const pending: Pending = new Map();
  const disruptions = new Disruptions(deps.clock);
  deps.state.workloads.onChange(({ type, key }) => {
    if (type === "deleted") disruptions.forget(key);
  });
  const subscribe: Source["subscribe"] = (enqueue) => {
    deps.state.pods.onChange((change) => {
      const found = disruptionIn(change, deps.state);
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
      const workload = deps.state.workloads.get(key);
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
  state: ClusterState,
): { readonly workload: string; readonly reason: string } | undefined {
  if (initial || pod?.workload === undefined) return undefined;
  const workload = state.workloads.get(keyOf({ ...name, name: pod.workload }));
  if (workload === undefined) return undefined;
  const isNewlyDeleted = pod.deleting && old?.deleting === false && pod.disruption === undefined;
  const isDisrupted = pod.disruption !== undefined && old?.disruption === undefined;
  if (!isDisrupted && !(isNewlyDeleted && isMissed(pod, workload, state))) return undefined;
  return { workload: workload.key, reason: pod.disruption ?? "Deleted" };
}

function tell({ ref }: WorkloadRecord, reason: string, { recorder }: Deps): void {
  const { namespace, name, uid } = ref;
  recorder.event({
    regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } },
    type: "Warning",
    reason: "PodsDisrupted",
    action: "None",
    note: `${MANY} pods were disrupted within five minutes, most recently by ${reason}: check who evicts them, and for pods with higher priority`,
  });
}

/** Whether somebody other than its controller removed the pod: too few pods are left, and none has a newer template. */
function isMissed(pod: PodRecord, workload: WorkloadRecord, state: ClusterState): boolean {
  const others = state.pods
    .byIndex("workload", workload.key)
    .flatMap((key) => state.pods.get(key) ?? [])
    .filter(({ uid, deleting }) => uid !== pod.uid && !deleting);
  const wanted = state.healthOf(workload)?.wanted ?? workload.spec?.replicas ?? 0;
  if (pod.owner === undefined || others.length >= wanted) return false;
  return others.every((other) => revisionOf(other) === revisionOf(pod));
}

const revisionOf = ({ labels }: PodRecord): string | undefined =>
  labels["pod-template-hash"] ?? labels["controller-revision-hash"];
