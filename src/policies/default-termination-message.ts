import { absentOr } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift } from "./sources.ts";

export const defaultTerminationMessage = policy(
  {
    id: "default-termination-message",
    demand: "The file for a container's last words lies where it always lies.",
    reason:
      "The kubelet mounts a file that everybody may write at this path: at /etc/ld.so.preload it is a hole in the read-only image.",
    effect: "Takes out any `terminationMessagePath` but `/dev/termination-log`.",
    fix: "Write the message to /dev/termination-log.",
    sources: [drift(68)],
  },
  each(containers, absentOr("terminationMessagePath", "/dev/termination-log")),
);
