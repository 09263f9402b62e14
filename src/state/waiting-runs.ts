/** Runs of a CronJob of which no pod has begun. */
import { CRON_JOB, JOB } from "../kubernetes/kinds.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { RunRecord } from "./records/child.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export type WaitingRun = Pick<RunRecord, "uid" | "createdMs">;

export function waitingRuns(workload: WorkloadRecord, state: ClusterState): readonly WaitingRun[] {
  if (state.granted.specOf(workload)?.type !== CRON_JOB.kind) return [];
  const uid = state.controllerUid(workload);
  const runs = uid === undefined ? [] : state.childrenOf(JOB).byIndex("run", uid);
  return runs.flatMap((key) => {
    const run = state.childrenOf(JOB).get(key);
    return run?.type === "run" && run.isWaiting ? [run] : [];
  });
}
