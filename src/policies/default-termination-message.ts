import { absentOr } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift } from "./sources.ts";

export const defaultTerminationMessage = policy(
  {
    id: "default-termination-message",
    demand: "The termination message must be at its default path.",
    reason:
      "The kubelet mounts a world-writable file at this path. At /etc/ld.so.preload, for example, it breaks the read-only image.",
    effect: "Removes every `terminationMessagePath` but `/dev/termination-log`.",
    fix: "Write the message to /dev/termination-log.",
    sources: [drift(68)],
  },
  each(containers, absentOr("terminationMessagePath", "/dev/termination-log")),
);
