import { exactly } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { mitre } from "./sources.ts";

export const noServiceLinks = policy(
  {
    id: "no-service-links",
    demand: "Pods must not get the Services of their namespace as variables.",
    reason:
      "Service links put the address of every Service of the namespace into each container: a map for an attacker.",
    effect: "Sets `enableServiceLinks: false`.",
    fix: "Reach a workload by its DNS name, and declare it under `access.outbound`.",
    sources: [mitre("T1613")],
    lifted: { gives: "the addresses of the namespace's Services in its environment." },
  },
  each(wholePod, exactly("enableServiceLinks", false)),
);
