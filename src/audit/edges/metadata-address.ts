import { type Edge, workloadNode } from "./edge.ts";

const METADATA = "169.254.169.254";

/** Only where the nodes are known to be a cloud's. */
export const metadataAddress: Edge = {
  id: "metadata-address",
  title: "metadata service of the cloud",
  reason:
    "At its address the cloud hands out the credentials of the node, unless a NetworkPolicy or the cloud's own settings close it.",
  fix: "Close 169.254.169.254 for pods, and use the cloud's identities for workloads.",
  palisade: "no SecureWorkload reaches the addresses of metadata services unless it declares an identity",
  attack: ["T1552"],
  cis: ["5.3.2"],
  driftCase: 55,
  cost: 2,
  links: function* ({ facts, reach }) {
    if (facts.cloud === undefined) return;
    for (const { id, hostNetwork } of facts.workloads.values())
      if (hostNetwork || reach.toAddress(id, METADATA))
        yield {
          from: workloadNode(id),
          to: "cloud",
          words: `metadata service of ${facts.cloud} (${METADATA})`,
          places: [],
          cut: `add a NetworkPolicy that closes ${METADATA} to ${id}`,
          needsOpen: true,
        };
  },
};
