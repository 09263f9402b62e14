import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift } from "./sources.ts";

export const noHostAliases = policy(
  {
    id: "no-host-aliases",
    demand: "Pods must not override DNS names.",
    reason: "An entry in /etc/hosts can redirect the traffic for a trusted name to any address.",
    effect: "Removes `hostAliases`.",
    fix: "Reach workloads by their DNS names.",
    sources: [drift(13)],
  },
  each(wholePod, absent("hostAliases")),
);
