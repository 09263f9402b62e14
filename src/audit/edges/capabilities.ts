import { record, texts } from "../raw.ts";
import { podEdge } from "./pod-edge.ts";

/** Each is root on the node by itself. */
const ROOT: ReadonlySet<string> = new Set(["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"]);

/** With something else beside them. */
const NEARLY: ReadonlySet<string> = new Set([
  "SYS_PTRACE",
  "SYS_BOOT",
  "SYSLOG",
  "PERFMON",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "CHECKPOINT_RESTORE",
]);

export const capabilities = podEdge(
  {
    id: "capabilities",
    title: "capabilities that are as good as root",
    reason: "SYS_ADMIN mounts, SYS_MODULE loads code into the kernel, DAC_READ_SEARCH opens any file of the node.",
    fix: "Remove them from `capabilities.add`, and drop `ALL`.",
    palisade: "containers of a SecureWorkload have no capabilities",
    attack: ["T1611"],
    cis: ["5.2.9"],
    driftCase: 4,
    cost: 3,
  },
  "node",
  ({ containers }) =>
    containers.flatMap(({ name, context, at }) => {
      if (context["privileged"] === true) return [];
      const added = texts(record(context["capabilities"])["add"]).map((one) => one.toUpperCase().replace(/^CAP_/, ""));
      const root = added.filter((one) => ROOT.has(one));
      const found = root.length > 0 ? root : added.filter((one) => NEARLY.has(one));
      if (found.length === 0) return [];
      const named = found.join(", ");
      return [
        {
          words: `${named} in container ${name}`,
          cut: `remove ${named} from container ${name}`,
          place: at("securityContext", "capabilities", "add"),
          rule: "drop-capabilities",
          ...(root.length > 0 ? {} : { isPartial: true as const }),
        },
      ];
    }),
);
