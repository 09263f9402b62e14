import { absentOr } from "./clauses.ts";
import { each, mounts } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noMountPropagation = policy(
  {
    id: "no-mount-propagation",
    demand: "Mounts must not propagate between node and container.",
    reason:
      "With propagation, later mounts on the node appear in the container, and mounts of the container on the node.",
    effect: "Removes every `mountPropagation` but `None`.",
    fix: "Remove mountPropagation: only storage drivers need it.",
    sources: [mitre("T1611"), drift(5)],
  },
  each(mounts, absentOr("mountPropagation", "None")),
);
