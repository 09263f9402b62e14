import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift } from "./sources.ts";

export const noHostAliases = policy(
  {
    id: "no-host-aliases",
    demand: "Names mean what the cluster's DNS says.",
    reason: "A line in /etc/hosts sends the traffic for a trusted name to any address.",
    effect: "Takes out `hostAliases`.",
    fix: "Reach workloads by their DNS names.",
    sources: [drift(13)],
  },
  each(wholePod, absent("hostAliases")),
);
