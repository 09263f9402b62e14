import { ANY_POD, type Edge, workloadNode } from "./edge.ts";

/** What every search of its own begins with: a library, an image or a request that was not expected. */
export const codeInPod: Edge = {
  id: "code-in-pod",
  title: "code in a pod",
  reason: "A program has faults, and an image has programs that nobody read.",
  fix: "See that the pod gives nothing away: this step cannot be cut.",
  attack: ["T1190"],
  cis: [],
  cost: 99,
  links: function* ({ facts }) {
    for (const { id, isControlPlane, place } of facts.workloads.values())
      if (!isControlPlane)
        yield { from: ANY_POD, to: workloadNode(id), words: id, places: [place], cut: "this step cannot be cut" };
  },
};
