import { absentOr } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const defaultScheduler = policy(
  {
    id: "default-scheduler",
    demand: "Pods must use the cluster's default scheduler.",
    reason: "A custom scheduler can bind the pod to any node and ignore taints and spread constraints.",
    effect: "Removes every other `schedulerName`.",
    fix: "Remove schedulerName.",
    sources: [mitre("T1610"), drift(14)],
  },
  each(wholePod, absentOr("schedulerName", "default-scheduler")),
);
