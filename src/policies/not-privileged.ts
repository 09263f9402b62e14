import { absent } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

export const notPrivileged = policy(
  {
    id: "not-privileged",
    demand: "No container is privileged.",
    reason: "A privileged container has every capability and every device: it is the node.",
    effect: "Takes out `privileged: true`.",
    fix: "Find what asks for it: ports below 1024 work without, and devices come by name from the platform.",
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
