import { accountsNode } from "./edge.ts";
import { rightEdge } from "./right-edge.ts";

export const escalates = rightEdge(
  {
    id: "escalates",
    title: "right to more rights",
    reason: "The verbs escalate and bind pass by the API server's own check: whoever has them gives itself any right.",
    fix: "Remove `escalate` and `bind`, and `*` among the verbs for roles.",
    palisade: "the permissions of a SecureWorkload hold no right on roles",
    attack: ["T1098"],
    cis: ["5.1.8"],
    cost: 1,
  },
  "escalate",
  {
    inCluster: () => [{ to: "cluster", words: "may give itself any right (escalate, bind)" }],
    inNamespace: ({ namespace }) => [
      { to: "secrets", words: `may give itself any right in ${namespace}` },
      { to: accountsNode(namespace), words: `may give itself any right in ${namespace}` },
    ],
  },
);
