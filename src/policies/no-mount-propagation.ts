import { absentOr } from "./clauses.ts";
import { each, mounts } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noMountPropagation = policy(
  {
    id: "no-mount-propagation",
    demand: "Mounts on the node and in the container stay apart.",
    reason:
      "With propagation, what is mounted on the node later shows up inside, and what is mounted inside shows up on the node.",
    effect: "Takes out any `mountPropagation` but `None`.",
    fix: "Nothing: only storage drivers need it.",
    sources: [mitre("T1611"), drift(5)],
  },
  each(mounts, absentOr("mountPropagation", "None")),
);
