import { accountsNode } from "./edge.ts";
import { rightEdge, targetIn } from "./right-edge.ts";

export const impersonates = rightEdge(
  {
    id: "impersonates",
    title: "right to act as others",
    reason: "Whoever may impersonate acts as an administrator, or as any account.",
    fix: "Remove the verb `impersonate`.",
    palisade: "the permissions of a SecureWorkload hold no impersonation",
    attack: ["T1078"],
    cis: ["5.1.8"],
    driftCase: 62,
    cost: 1,
  },
  "impersonate",
  {
    inCluster: () => [{ to: "cluster", words: "may act as anybody (impersonate)" }],
    inNamespace: ({ namespace }) => [
      targetIn(namespace, accountsNode(namespace), `may act as any account of ${namespace}`),
    ],
  },
);
