import type { PodView } from "../facts/pod-view.ts";
import { record, texts } from "../raw.ts";
import { podEdge } from "./pod-edge.ts";

/** What makes processes of the node one's own. */
const ENTERS: ReadonlySet<string> = new Set(["ALL", "SYS_ADMIN", "SYS_PTRACE"]);

const enters = ({ containers }: PodView): boolean =>
  containers.some(
    ({ context }) =>
      context["privileged"] === true ||
      texts(record(context["capabilities"])["add"]).some((name) => ENTERS.has(name.toUpperCase().replace(/^CAP_/, ""))),
  );

const about = {
  reason: "In the node's process namespace a pod sees the processes of every other one, with their arguments.",
  fix: "Remove `hostPID`; for two containers of one pod use `sharedProcesses`.",
  palisade: "pods of a SecureWorkload have namespaces of their own",
  attack: ["T1611"],
  cis: ["5.2.3"],
  driftCase: 4,
  cost: 3,
} as const;

const sign = ({ at }: PodView, words: string) => ({
  words,
  cut: "remove hostPID: true",
  place: at("hostPID"),
  rule: "no-host-namespaces",
});

export const hostProcesses = podEdge(
  { id: "host-processes", title: "processes of the node", ...about },
  "node",
  (pod) =>
    pod.spec["hostPID"] === true && enters(pod) ? [sign(pod, "hostPID with the right to enter processes")] : [],
);

export const hostProcessList = podEdge(
  { id: "host-process-list", title: "processes of the node, to look at", ...about, attack: ["T1552"] },
  "secrets",
  (pod) =>
    pod.spec["hostPID"] === true && !enters(pod)
      ? [{ ...sign(pod, "hostPID: arguments of every process on the node"), isPartial: true as const }]
      : [],
);
