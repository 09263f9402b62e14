/** An edge from code in a pod to an end, by what its spec says. */
import type { PodSign } from "../facts/model.ts";
import type { PodView } from "../facts/pod-view.ts";
import { type About, type Edge, type End, type Found, workloadNode } from "./edge.ts";

type OfPod = (pod: PodView) => readonly Omit<PodSign, "edge">[];

export function podEdge(about: About, end: End, ofPod: OfPod, needsOpen?: true): Edge {
  return {
    ...about,
    ofPod,
    links: ({ facts }) =>
      [...facts.workloads.values()]
        .filter(({ isControlPlane }) => !isControlPlane)
        .flatMap(({ id, signs }) =>
          signs
            .filter(({ edge }) => edge === about.id)
            .map((sign) => ({ ...linkOf(id, end, sign), ...(needsOpen === undefined ? {} : { needsOpen }) })),
        ),
  };
}

const linkOf = (workload: string, to: End, { words, place, cut, isPartial }: PodSign): Found => ({
  from: workloadNode(workload),
  to,
  words,
  places: [place],
  cut,
  ...(isPartial === undefined ? {} : { isPartial }),
});
