import { podEdge } from "./pod-edge.ts";

export const hostIpc = podEdge(
  {
    id: "host-ipc",
    title: "shared memory of the node",
    reason: "In the node's IPC namespace a pod reads the shared memory of other pods that use it, and of the node.",
    fix: "Remove `hostIPC`.",
    palisade: "pods of a SecureWorkload have namespaces of their own",
    attack: ["T1611"],
    cis: ["5.2.4"],
    driftCase: 4,
    cost: 3,
  },
  "secrets",
  ({ spec, at }) =>
    spec["hostIPC"] === true
      ? [
          {
            words: "hostIPC: shared memory of the node",
            cut: "remove hostIPC: true",
            place: at("hostIPC"),
            rule: "no-host-namespaces",
            isPartial: true,
          },
        ]
      : [],
);
