import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, owasp } from "./sources.ts";

export const noSharedProcesses = policy(
  {
    id: "no-shared-processes",
    demand: "Containers of a pod must not share a process namespace.",
    reason: "Containers that share one see each other's environment, and through /proc each other's memory and files.",
    effect: "Removes `shareProcessNamespace`.",
    fix: "Let the containers communicate over localhost or a shared volume.",
    sources: [owasp("K01"), drift(10)],
  },
  each(wholePod, absent("shareProcessNamespace")),
);
