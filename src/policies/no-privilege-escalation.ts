import { exactly } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

export const noPrivilegeEscalation = policy(
  {
    id: "no-privilege-escalation",
    demand: "Processes must not gain more privileges than their container started with.",
    reason: "One setuid program in an image turns any user into root.",
    effect: "Sets `allowPrivilegeEscalation: false`, which the kernel enforces as `no_new_privs`.",
    fix: "Remove `sudo`, `su` and setuid programs from the image, and start the program as the user it needs.",
    sources: [
      pss("Restricted: Privilege Escalation (v1.8+)"),
      cis("5.2.6"),
      nsa("Pod security: Pod security enforcement"),
      owasp("K01"),
      mitre("T1068"),
      drift(4),
    ],
    lifted: { gives: "the privileges of setuid programs in its image.", admittedAt: "baseline" },
  },
  each(containerContexts, exactly("allowPrivilegeEscalation", false)),
);
