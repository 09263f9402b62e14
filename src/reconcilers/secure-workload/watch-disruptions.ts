/** Counts pods that something takes away beside their controller, and tells of it where they are many. */
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import { keyOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { Disruptions, MANY } from "./disruptions.ts";

/** What Kubernetes calls it (KEP-3329), or `Deleted` where it says nothing. */
export function watchDisruptions({ world, clock, metrics, recorder }: Deps): void {
  const disruptions = new Disruptions(clock);
  world.pods.onChange(({ old, new: pod, name, initial }) => {
    if (initial || pod?.workload === undefined) return;
    const key = keyOf({ ...name, name: pod.workload });
    const workload = world.workloads.get(key);
    if (workload === undefined) return;
    const isNewlyDeleted = pod.deleting && old?.deleting === false && pod.disruption === undefined;
    const isDisrupted = pod.disruption !== undefined && old?.disruption === undefined;
    if (!isDisrupted && !(isNewlyDeleted && isMissed(pod, workload, world))) return;
    const reason = pod.disruption ?? "Deleted";
    metrics.podDisruptions.inc({ reason });
    if (!disruptions.note(key)) return;
    const { namespace, name: called, uid } = workload.ref;
    recorder.event({
      regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name: called, namespace, uid } },
      type: "Warning",
      reason: "PodsDisrupted",
      action: "None",
      note: `${MANY} pods were taken away within five minutes, the last by ${reason}: look at who evicts, and what is scheduled before them`,
    });
  });
  world.workloads.onChange(({ type, key }) => {
    if (type === "deleted") disruptions.forget(key);
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
