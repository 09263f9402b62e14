import { accountNode, type Edge } from "./edge.ts";

export const cloudIdentity: Edge = {
  id: "cloud-identity",
  title: "identity in the cloud",
  reason: "A token of the account is exchanged for credentials of the cloud.",
  fix: "Give the identity to an account that this program alone uses, with the least that it needs.",
  palisade: "an identity is granted to a namespace by the platform team, and used by the workload that declares it",
  attack: ["T1528", "T1078"],
  cis: ["5.1.6"],
  cost: 9,
  links: function* ({ facts }) {
    for (const { key, cloud } of facts.accounts.values())
      if (cloud !== undefined)
        yield {
          from: accountNode(key),
          to: "cloud",
          words: cloud.words,
          places: [cloud.place],
          cut: `remove the identity from ServiceAccount/${key}`,
          needsOpen: true,
        };
  },
};
