import { exactly } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { mitre } from "./sources.ts";

export const noServiceLinks = policy(
  {
    id: "no-service-links",
    demand: "A pod is not told of the Services around it.",
    reason:
      "Service links put the address of every Service of the namespace into each container: a map for whoever gets in.",
    effect: "Sets `enableServiceLinks: false`.",
    fix: "Reach a workload by its DNS name, and declare it under `access.outbound`.",
    sources: [mitre("T1613")],
    lifted: { gives: "the addresses of the Services around it in its environment." },
  },
  each(wholePod, exactly("enableServiceLinks", false)),
);
