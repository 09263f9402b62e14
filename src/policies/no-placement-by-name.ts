import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

/** Of templates: in a live pod the scheduler has filled in the node. */
export const noPlacementByName = policy(
  {
    id: "no-placement-by-name",
    demand: "A pod names neither its node nor its runtime.",
    reason:
      "A pod that names its node skips the scheduler and every taint; a runtime class can be one that Pod Security exempts.",
    effect: "Takes out `nodeName` and `runtimeClassName`.",
    fix: "Nothing: the scheduler places the pod.",
    sources: [mitre("T1610"), drift(14), drift(15)],
  },
  each(wholePod, absent("nodeName", "runtimeClassName")),
);
