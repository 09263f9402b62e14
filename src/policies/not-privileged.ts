import { absent } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

export const notPrivileged = policy(
  {
    id: "not-privileged",
    demand: "Containers must not be privileged.",
    reason: "A privileged container has every capability and every device: it controls the node.",
    effect: "Removes `privileged: true`.",
    fix: "Remove privileged: ports below 1024 work without it, and `placement` requests devices.",
    sources: [
      pss("Baseline: Privileged Containers"),
      cis("5.2.2"),
      nsa("Pod security: Pod security enforcement"),
      owasp("K01"),
      mitre("T1610"),
      mitre("T1611"),
      drift(4),
    ],
  },
  each(containerContexts, absent("privileged")),
);
