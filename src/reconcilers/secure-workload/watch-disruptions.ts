/** Counts pods that something takes away beside their controller, and tells of it where they are many. */
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import type { Deps } from "../deps.ts";
import { Disruptions, MANY } from "./disruptions.ts";

/** What Kubernetes calls it (KEP-3329). A pod that is merely deleted leaves no trace of why. */
export function watchDisruptions({ world, clock, metrics, recorder }: Deps): void {
  const disruptions = new Disruptions(clock);
  world.pods.onChange(({ old, new: pod, name, initial }) => {
    if (initial || pod?.disruption === undefined || old?.disruption !== undefined) return;
    const key = `${name.namespace}/${pod.workload}`;
    const workload = world.workloads.get(key);
    if (workload === undefined) return;
    metrics.podDisruptions.inc({ reason: pod.disruption });
    if (!disruptions.note(key)) return;
    const { namespace, name: called, uid } = workload.ref;
    recorder.event({
      regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name: called, namespace, uid } },
      type: "Warning",
      reason: "PodsDisrupted",
      action: "None",
      note: `${MANY} pods were taken away within five minutes, the last by ${pod.disruption}: look at who evicts, and what is scheduled before them`,
    });
  });
  world.workloads.onChange(({ type, key }) => {
    if (type === "deleted") disruptions.forget(key);
  });
}
