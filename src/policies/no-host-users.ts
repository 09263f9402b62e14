import { at, isNot } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, nsa, owasp } from "./sources.ts";

/** Absent is allowed: not every node can give a pod a user namespace, and the operator decides by what the nodes report. */
export const noHostUsers = policy(
  {
    id: "no-host-users",
    demand: "Pods must not request the host's user namespace.",
    reason: "In the host's user namespace, a process that escapes the container has the same user ID on the node.",
    effect: "Removes `hostUsers: true`. The operator sets `hostUsers: false` if every node supports it.",
    fix: "Remove hostUsers: applications run unchanged in a user namespace.",
    sources: [
      nsa('Pod security: "Non-root" containers and "rootless" container engines'),
      owasp("K01"),
      mitre("T1611"),
      drift(16),
    ],
    lifted: { gives: "the host's user namespace, as on a node without user namespaces." },
  },
  each(wholePod, {
    broken: ({ hostUsers }) => findingIf(hostUsers === true, "hostUsers", "must not be true"),
    repair: (pod) => omit(pod, "hostUsers"),
    obeys: (pod) => isNot(at(pod, "hostUsers"), true),
  }),
);
