import { absent } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { mitre } from "./sources.ts";

export const noBlockDevices = policy(
  {
    id: "no-block-devices",
    demand: "No container gets a raw block device.",
    reason: "Through a raw device a container hands the kernel of the node a file system of its own making.",
    effect: "Takes out `volumeDevices`.",
    fix: "Mount the claim as a file system.",
    sources: [mitre("T1611")],
  },
  each(containers, absent("volumeDevices")),
);
