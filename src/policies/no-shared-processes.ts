import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, owasp } from "./sources.ts";

export const noSharedProcesses = policy(
  {
    id: "no-shared-processes",
    demand: "Each container of a pod has a process namespace of its own.",
    reason: "Containers that share one see each other's environment, and through /proc each other's memory and files.",
    effect: "Takes out `shareProcessNamespace`.",
    fix: "Let the containers of a pod talk over localhost, or through a shared volume.",
    sources: [owasp("K01"), drift(10)],
  },
  each(wholePod, absent("shareProcessNamespace")),
);
