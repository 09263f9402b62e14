import { absent } from "./clauses.ts";
import { containerContexts, each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, nsa, pss } from "./sources.ts";

/** Stricter than Pod Security, which allows a level and a few types: the level is what keeps two pods apart. */
export const noSelinuxOptions = policy(
  {
    id: "no-selinux-options",
    demand: "A pod takes the SELinux label that the runtime gives it.",
    reason: "With another type a container is confined less; with another pod's level it may read that pod's volumes.",
    effect: "Takes out `seLinuxOptions`.",
    fix: "Nothing: where the node has SELinux, the runtime labels the container and its volumes.",
    sources: [
      pss("Baseline: SELinux"),
      nsa("Pod security: Hardening container environments"),
      mitre("T1611"),
      drift(4),
    ],
  },
  each(podContext, absent("seLinuxOptions")),
  each(containerContexts, absent("seLinuxOptions")),
);
