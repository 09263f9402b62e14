import type { Facts, Workload } from "../facts/model.ts";
import { accountNode, type Edge, programNode, workloadNode } from "./edge.ts";

/** A pod that says nothing is asked of its account, and an account that says nothing mounts one. */
export const mountsTokenOf = ({ token, account }: Workload, { accounts }: Facts): boolean =>
  token === "as-account" ? (accounts.get(account)?.automount ?? true) : token;

export const mountsToken: Edge = {
  id: "mounts-token",
  title: "token of the account",
  reason: "The token of a pod's ServiceAccount lies in a file: whoever runs code in the pod acts as the account.",
  fix: "Set `automountServiceAccountToken: false` where the program does not call the API.",
  palisade: "a SecureWorkload has an account of its own, and no token unless `permissions` asks for one",
  attack: ["T1528"],
  cis: ["5.1.5", "5.1.6"],
  driftCase: 11,
  cost: 3,
  links: function* ({ facts }) {
    for (const workload of facts.workloads.values()) {
      if (!mountsTokenOf(workload, facts)) continue;
      const { id, account, tokenPlace } = workload;
      for (const from of [workloadNode(id), programNode(id)])
        yield {
          from,
          to: accountNode(account),
          words: `account ${account.slice(account.indexOf("/") + 1)}`,
          places: [tokenPlace],
          cut: `set automountServiceAccountToken: false in ${id}, if it does not call the API`,
        };
    }
  },
};
