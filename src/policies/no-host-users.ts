import { at, isNot } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, nsa, owasp } from "./sources.ts";

/** Absent is allowed: not every node can give a pod a user namespace, and the operator decides by what the nodes report. */
export const noHostUsers = policy(
  {
    id: "no-host-users",
    demand: "A pod never asks for the host's user namespace.",
    reason: "With the host's user namespace, whoever leaves the container is the same user on the node.",
    effect: "Takes out `hostUsers: true`. The operator sets `hostUsers: false` where every node supports it.",
    fix: "Nothing: user namespaces need no change of an application.",
    sources: [
      nsa('Pod security: "Non-root" containers and "rootless" container engines'),
      owasp("K01"),
      mitre("T1611"),
      drift(16),
    ],
    lifted: { gives: "the host's user namespace, as on a node that supports no other." },
  },
  each(wholePod, {
    broken: ({ hostUsers }) => findingIf(hostUsers === true, "hostUsers", "must not be true"),
    repair: (pod) => omit(pod, "hostUsers"),
    obeys: (pod) => isNot(at(pod, "hostUsers"), true),
  }),
);
