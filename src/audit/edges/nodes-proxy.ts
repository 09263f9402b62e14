import { rightEdge } from "./right-edge.ts";

export const nodesProxy = rightEdge(
  {
    id: "nodes-proxy",
    title: "right on the API of kubelets",
    reason: "Through nodes/proxy one runs commands in every pod of a node, past admission and audit; `get` is enough.",
    fix: "Use nodes/metrics, nodes/stats and nodes/log instead of nodes/proxy.",
    palisade: "the permissions of a SecureWorkload hold nothing of nodes",
    attack: ["T1609"],
    cis: ["5.1.10"],
    driftCase: 67,
    cost: 1,
  },
  "nodes-proxy",
  {
    inCluster: () => [{ to: "cluster", words: "may run commands in every pod (nodes/proxy)" }],
  },
);
