import { listIn } from "./cel.ts";
import { omit } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noEphemeralContainers = policy(
  {
    id: "no-ephemeral-containers",
    demand: "Nothing is started inside a running pod.",
    reason:
      "A debug container runs any image with the pod's network, volumes and processes, and cannot be taken out again.",
    effect: "Takes out `ephemeralContainers`; a live pod that has one can only be deleted.",
    fix: "Look at logs, metrics and Events; to debug, run a copy of the workload in a namespace for that.",
    sources: [mitre("T1609"), mitre("T1610"), drift(3)],
  },
  each(wholePod, {
    broken: ({ ephemeralContainers = [] }) =>
      ephemeralContainers.map(({ name }) => ({
        path: `ephemeralContainers[name=${name}]`,
        message: "must not be there",
      })),
    repair: (pod) => omit(pod, "ephemeralContainers"),
    obeys: (pod) => `size(${listIn(pod, "ephemeralContainers")}) == 0`,
  }),
);
