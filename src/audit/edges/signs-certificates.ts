import { rightEdge } from "./right-edge.ts";

export const signsCertificates = rightEdge(
  {
    id: "signs-certificates",
    title: "right to sign certificates",
    reason: "Whoever approves requests for certificates of clients becomes any user, nodes and administrators too.",
    fix: "Name the signer in `resourceNames`, and leave approval to the control plane.",
    palisade: "the permissions of a SecureWorkload hold nothing of the cluster",
    attack: ["T1098"],
    cis: ["5.1.11"],
    cost: 1,
  },
  "sign-certificates",
  {
    inCluster: () => [{ to: "cluster", words: "may approve certificates of clients", isPartial: true }],
  },
);
