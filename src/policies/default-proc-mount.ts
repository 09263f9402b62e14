import { absentOr } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, pss } from "./sources.ts";

export const defaultProcMount = policy(
  {
    id: "default-proc-mount",
    demand: "The sensitive parts of /proc must stay masked.",
    reason: "An unmasked /proc shows the kernel's memory layout and allows changes to settings of the whole node.",
    effect: "Removes every `procMount` but `Default`, with or without a user namespace.",
    fix: "Remove procMount: only containers that run containers need it.",
    sources: [
      pss("Baseline: /proc Mount Type"),
      pss("Restricted: /proc Mount Type (v1.35+)"),
      mitre("T1611"),
      drift(4),
    ],
  },
  each(containerContexts, absentOr("procMount", "Default")),
);
