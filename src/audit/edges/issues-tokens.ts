import { accountsNode } from "./edge.ts";
import { rightEdge, targetIn } from "./right-edge.ts";

export const issuesTokens = rightEdge(
  {
    id: "issues-tokens",
    title: "right to make tokens",
    reason: "Whoever makes tokens of other accounts acts as them.",
    fix: "Name the account in `resourceNames`.",
    palisade: "the permissions of a SecureWorkload make no tokens",
    attack: ["T1528", "T1098"],
    cis: ["5.1.13"],
    driftCase: 61,
    cost: 1,
  },
  "issue-tokens",
  {
    inCluster: () => [{ to: "cluster", words: "may make tokens of every account" }],
    inNamespace: ({ namespace }) => [
      targetIn(namespace, accountsNode(namespace), `may make tokens of the accounts of ${namespace}`),
    ],
  },
);
