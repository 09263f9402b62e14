import { absent } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { mitre } from "./sources.ts";

export const noBlockDevices = policy(
  {
    id: "no-block-devices",
    demand: "Containers must not use raw block devices.",
    reason: "Through a raw device a container can make the node's kernel parse a malicious file system.",
    effect: "Removes `volumeDevices`.",
    fix: "Mount the claim as a file system.",
    sources: [mitre("T1611")],
  },
  each(containers, absent("volumeDevices")),
);
