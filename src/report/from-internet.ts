/** What the internet reaches: the ways that the audit's own edges find, and for each whether anybody declared it. Pure. */
import { type Found, type Graph, type NodeId, portNode } from "../audit/edges/edge.ts";
import { nodePorts } from "../audit/edges/host-exposed.ts";
import { routeExposed } from "../audit/edges/route-exposed.ts";
import { serviceExposed } from "../audit/edges/service-exposed.ts";
import type { Workload } from "../audit/facts/model.ts";
import { placeText } from "../audit/place.ts";
import type { Agreement, AtPort } from "./agreement.ts";
import type { InternetWay, PortAt } from "./pairs.ts";

export interface Destination {
  readonly workload: Workload;
  readonly ports: readonly AtPort[];
  /** The ports that anybody may enter; null for all there are. */
  readonly open: readonly PortAt[] | null;
}

/** Of each destination its ways, in the order of its ports. */
export function fromInternet(
  graph: Pick<Graph, "facts" | "reach">,
  destinations: readonly Destination[],
  agreement: Agreement,
): readonly (readonly InternetWay[])[] {
  const found = waysIn(graph);
  return destinations.map((destination) => {
    const { workload, ports } = destination;
    const own = ports.flatMap((at, port) =>
      (found.get(portNode(workload.id, at.port, at.protocol)) ?? []).map((way): InternetWay => {
        const [place] = way.places;
        const state = isDeclared(destination, { ...way, port }, agreement) ? "declared" : "open";
        return { port, state, words: way.words, place: place === undefined ? "" : placeText(place) };
      }),
    );
    return ports.length === 0 && workload.hostNetwork ? [anyPortOf(workload)] : own;
  });
}

interface Way extends Pick<Found, "words" | "places"> {
  readonly isRoute: boolean;
}

function waysIn({ facts, reach }: Pick<Graph, "facts" | "reach">): ReadonlyMap<NodeId, readonly Way[]> {
  const graph: Graph = { facts, reach, rights: { of: () => [] } };
  const all = [
    ...[...serviceExposed.links(graph)].map((found) => ({ ...found, isRoute: false })),
    ...[...routeExposed.links(graph)].map((found) => ({ ...found, isRoute: true })),
    ...nodePorts(graph).map(({ found }) => ({ ...found, isRoute: false })),
  ];
  return Map.groupBy(all, ({ to }) => to);
}

/** By the SecureWorkload, and where there is none by policies: those that close the port to strangers name who may enter. */
function isDeclared(
  { workload, ports, open }: Destination,
  { port, isRoute }: Way & { readonly port: PortAt },
  agreement: Agreement,
): boolean {
  const [declared, at] = [agreement.of(workload), ports[port]];
  if (declared !== undefined && at !== undefined) return agreement.letsInternetIn(declared, at, isRoute);
  return open !== null && !open.includes(port);
}

const anyPortOf = ({ place }: Workload): InternetWay => ({
  port: 0,
  state: "open",
  words: "whatever it listens on, at the nodes (hostNetwork)",
  place: placeText(place),
});
