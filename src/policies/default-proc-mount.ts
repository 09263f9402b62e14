import { absentOr } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, pss } from "./sources.ts";

export const defaultProcMount = policy(
  {
    id: "default-proc-mount",
    demand: "The sensitive parts of /proc stay masked.",
    reason: "An unmasked /proc shows the kernel's memory layout and lets settings of the whole node be changed.",
    effect: "Takes out any `procMount` but `Default`, with or without a user namespace.",
    fix: "Nothing: only containers that run containers ask for it.",
    sources: [
      pss("Baseline: /proc Mount Type"),
      pss("Restricted: /proc Mount Type (v1.35+)"),
      mitre("T1611"),
      drift(4),
    ],
  },
  each(containerContexts, absentOr("procMount", "Default")),
);
