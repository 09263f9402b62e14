import { podEdge } from "./pod-edge.ts";

export const hostNetwork = podEdge(
  {
    id: "host-network",
    title: "network of the node",
    reason:
      "In the node's network no NetworkPolicy holds, and what listens on its loopback and the cloud's metadata service answers as to the node.",
    fix: "Remove `hostNetwork`, and declare who may call whom.",
    palisade: "pods of a SecureWorkload have namespaces of their own",
    attack: ["T1552"],
    cis: ["5.2.5"],
    driftCase: 4,
    cost: 3,
  },
  "cloud",
  ({ spec, at }) =>
    spec["hostNetwork"] === true
      ? [
          {
            words: "hostNetwork: the node's metadata service and loopback",
            cut: "remove hostNetwork: true",
            place: at("hostNetwork"),
            rule: "no-host-namespaces",
            isPartial: true,
          },
        ]
      : [],
);
