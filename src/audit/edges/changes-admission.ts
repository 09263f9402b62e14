import { rightEdge } from "./right-edge.ts";

export const changesAdmission = rightEdge(
  {
    id: "changes-admission",
    title: "right to change admission",
    reason: "A webhook sees every object, Secrets too, and changes it; without policies every pod is let in.",
    fix: "Leave webhooks, admission policies and labels of namespaces to the platform team's own tools.",
    palisade: "the permissions of a SecureWorkload hold nothing of the cluster",
    attack: ["T1556"],
    cis: ["5.1.12"],
    cost: 1,
  },
  "change-admission",
  {
    inCluster: () => [
      { to: "cluster", words: "may change webhooks, admission policies or namespaces", isPartial: true },
    ],
  },
);
