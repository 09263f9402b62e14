/** A revision that is gone, or forged, wakes the workload that it is of; one that the last pass wrote wakes nobody. */
import { mapChanges, type Source } from "kopf-ts";
import { isDone } from "../../plan/history.ts";
import type { ClusterState } from "../../state/cluster-state.ts";

export const historySources = (state: ClusterState): readonly Source[] => [
  mapChanges(state.history.cache, ({ name: { namespace = "" }, old, new: now }) =>
    [old, now].flatMap((revision) => {
      const workload = revision && state.workloads.get(`${namespace}/${revision.workload}`);
      const plan = workload && state.history.plan(workload);
      return workload === undefined || plan === undefined || isDone(plan) ? [] : [workload.key];
    }),
  ),
];
