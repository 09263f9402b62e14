import { absentOr } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const defaultScheduler = policy(
  {
    id: "default-scheduler",
    demand: "Pods are placed by the cluster's own scheduler.",
    reason: "Whoever runs the scheduler that a pod names binds it to any node, past taints and spread.",
    effect: "Takes out any other `schedulerName`.",
    fix: "Nothing: the scheduler places the pod.",
    sources: [mitre("T1610"), drift(14)],
  },
  each(wholePod, absentOr("schedulerName", "default-scheduler")),
);
