import { exactly } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

export const noPrivilegeEscalation = policy(
  {
    id: "no-privilege-escalation",
    demand: "No process gets more rights than its container started with.",
    reason: "One setuid program in an image turns any user into root.",
    effect: "Sets `allowPrivilegeEscalation: false`, which the kernel keeps as `no_new_privs`.",
    fix: "Leave `sudo`, `su` and setuid helpers out of the image: start the program as the user it needs.",
    sources: [
      pss("Restricted: Privilege Escalation (v1.8+)"),
      cis("5.2.6"),
      nsa("Pod security: Pod security enforcement"),
      owasp("K01"),
      mitre("T1068"),
      drift(4),
    ],
    lifted: { gives: "the rights that a setuid program in its image brings.", admittedAt: "baseline" },
  },
  each(containerContexts, exactly("allowPrivilegeEscalation", false)),
);
