import { rightEdge } from "./right-edge.ts";

export const readsSecrets = rightEdge(
  {
    id: "reads-secrets",
    title: "right to read Secrets",
    reason: "get, list and watch each show the values of Secrets: passwords, keys, tokens.",
    fix: "Name the Secrets in `resourceNames`, with the verb get, in one namespace.",
    palisade: "the permissions of a SecureWorkload name each Secret",
    attack: ["T1552"],
    cis: ["5.1.2"],
    driftCase: 65,
    cost: 1,
  },
  "read-secrets",
  {
    inCluster: () => [{ to: "secrets", words: "may read every Secret of the cluster" }],
    inNamespace: ({ namespace }) => [{ to: "secrets", words: `may read every Secret of ${namespace}` }],
  },
);
