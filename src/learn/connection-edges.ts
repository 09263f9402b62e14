/** What a connection that one pod sees is between. Pure. */
import type { KubeObject } from "kopf-ts";
import { type AddressBook, runnerOfPod } from "./address-book.ts";
import { type Edge, nameOf } from "./edges.ts";
import type { Connection } from "./sightings.ts";

export interface EdgeFound {
  readonly edge: Edge;
  readonly evidence: string;
}

interface Status {
  readonly podIPs?: readonly { readonly ip: string }[];
}

/** None for what a pod says to itself, also by way of its Service: the other replicas tell of what reaches them. */
export function connectionEdges(
  { direction, peer, port }: Connection,
  pod: KubeObject,
  book: AddressBook,
): readonly EdgeFound[] {
  const own = runnerOfPod(pod);
  const { name } = pod.metadata;
  if (((pod["status"] ?? {}) as Status).podIPs?.some(({ ip }) => ip === peer) === true) return [];
  if (direction === "in")
    return [
      {
        edge: { from: book.callerAt(peer), to: own, port, protocol: "TCP" },
        evidence: `${name} was called by ${peer}`,
      },
    ];
  return book.destinationsAt(peer, port).flatMap((to): readonly EdgeFound[] =>
    nameOf(to.party) === nameOf(own)
      ? []
      : [
          {
            edge: { from: own, to: to.party, port: to.port, protocol: "TCP" },
            evidence: `${name} called ${peer} port ${port}`,
          },
        ],
  );
}
