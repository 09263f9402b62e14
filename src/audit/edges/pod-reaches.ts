import { ANY_POD, type Edge, portNode } from "./edge.ts";

export const podReaches: Edge = {
  id: "pod-reaches",
  title: "open to every pod",
  reason: "Without a NetworkPolicy before it, every pod of the cluster calls it, and so does whoever broke into one.",
  fix: "Close the namespace with a NetworkPolicy that denies by default, and open what its callers need.",
  palisade: "a SecureWorkload is reached by the peers of access.inbound alone",
  attack: ["T1046"],
  cis: ["5.3.2"],
  driftCase: 40,
  cost: 2,
  links: function* ({ reach }) {
    for (const open of reach.ports) {
      if (reach.login(open).login !== "none" || !reach.fromSomePod(open)) continue;
      yield {
        from: ANY_POD,
        to: portNode(open.workload, open.port, open.protocol),
        words: `${open.workload}, port ${open.port}`,
        places: [],
        cut: `add a NetworkPolicy that closes port ${open.port} of ${open.workload}`,
      };
    }
  },
};
