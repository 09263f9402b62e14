import { workloadsNode } from "./edge.ts";
import { rightEdge, targetIn } from "./right-edge.ts";

export const execs = rightEdge(
  {
    id: "execs",
    title: "right to enter pods",
    reason: "Whoever runs commands in a pod has its account, its Secrets and its way to the node.",
    fix: "Remove pods/exec, pods/attach and pods/ephemeralcontainers.",
    palisade: "nobody enters the pods of a SecureWorkload, save by a break-glass exception that ends",
    attack: ["T1609"],
    cis: ["5.1.4"],
    driftCase: 66,
    cost: 1,
  },
  "exec",
  {
    inCluster: () => [{ to: "cluster", words: "may run commands in every pod" }],
    inNamespace: ({ namespace }) => [
      targetIn(namespace, workloadsNode(namespace), `may run commands in the pods of ${namespace}`),
    ],
  },
);
