import { rightEdge } from "./right-edge.ts";

/** Without escalate and bind the API server lets one give no more than one has, so that this alone is a part of a way. */
export const changesRoles = rightEdge(
  {
    id: "changes-roles",
    title: "right to change roles and bindings",
    reason: "Whoever changes roles and bindings hands its rights to others, and keeps a way in.",
    fix: "Leave roles and bindings to the platform team's own tools.",
    palisade: "the permissions of a SecureWorkload hold no right on roles",
    attack: ["T1098"],
    cis: ["5.1.8"],
    cost: 1,
  },
  "change-roles",
  {
    inCluster: () => [{ to: "cluster", words: "may change roles and bindings of the cluster", isPartial: true }],
  },
);
