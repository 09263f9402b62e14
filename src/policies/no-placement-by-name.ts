import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

/** Of templates: in a live pod the scheduler has filled in the node. */
export const noPlacementByName = policy(
  {
    id: "no-placement-by-name",
    demand: "Pods must not name their node or runtime class.",
    reason: "A pod that names its node bypasses the scheduler and taints; Pod Security may exempt a runtime class.",
    effect: "Removes `nodeName` and `runtimeClassName`.",
    fix: "Remove both: the scheduler places the pod. Use `placement` for requirements.",
    sources: [mitre("T1610"), drift(14), drift(15)],
  },
  each(wholePod, absent("nodeName", "runtimeClassName")),
);
