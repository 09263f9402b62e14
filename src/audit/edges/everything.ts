import { accountsNode } from "./edge.ts";
import { everythingIn, rightEdge, SYSTEM_NAMESPACE } from "./right-edge.ts";

export const everything = rightEdge(
  {
    id: "everything",
    title: "every right",
    reason: "Whoever may do everything is the cluster's owner.",
    fix: "Bind to a role that holds what the program needs, in its namespace.",
    palisade: "the permissions of a SecureWorkload are of its namespace, from a list, and never all",
    attack: ["T1078"],
    cis: ["5.1.1", "5.1.3"],
    driftCase: 58,
    cost: 1,
  },
  "everything",
  {
    inCluster: (right) => [{ to: "cluster", words: everythingIn(right) }],
    inNamespace: (right) =>
      right.namespace === SYSTEM_NAMESPACE
        ? [{ to: "cluster", words: `everything in ${SYSTEM_NAMESPACE}` }]
        : [
            { to: "secrets", words: `everything in ${right.namespace}, its Secrets too` },
            { to: accountsNode(right.namespace), words: `everything in ${right.namespace}` },
          ],
  },
);
