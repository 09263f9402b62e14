import { listIn } from "./cel.ts";
import { omit } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noEphemeralContainers = policy(
  {
    id: "no-ephemeral-containers",
    demand: "Pods must not have ephemeral containers.",
    reason: "A debug container can run any image with the pod's network, volumes and processes, and cannot be removed.",
    effect: "Removes `ephemeralContainers`; Palisade deletes a running pod that has one.",
    fix: "Use logs, metrics and Events; to debug, run a copy of the workload in another namespace.",
    sources: [mitre("T1609"), mitre("T1610"), drift(3)],
  },
  each(wholePod, {
    broken: ({ ephemeralContainers = [] }) =>
      ephemeralContainers.map(({ name }) => ({
        path: `ephemeralContainers[name=${name}]`,
        message: "must not be set",
      })),
    repair: (pod) => omit(pod, "ephemeralContainers"),
    obeys: (pod) => `size(${listIn(pod, "ephemeralContainers")}) == 0`,
  }),
);
