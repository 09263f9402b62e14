/** Breadth-first searches from the starts to the ends. Pure. */

import { codeInPod } from "./edges/code-in-pod.ts";
import {
  ANY_POD,
  ANY_USER,
  ENDS,
  type End,
  type Graph,
  INTERNET,
  isEnd,
  type Link,
  type NodeId,
  portNode,
  workloadNode,
} from "./edges/edge.ts";
import { EDGES } from "./edges/index.ts";
import { podReaches } from "./edges/pod-reaches.ts";
import { LOGINS, type Login } from "./products/product.ts";

export const STARTS = ["internet", "any user", "any pod", "code in a pod", "workload"] as const;
export type Start = (typeof STARTS)[number];

/** One search: where it begins, and which links it takes. */
export interface Search {
  readonly start: Start;
  readonly from: NodeId;
  /** The best login that is taken: `none` passes programs without login alone. */
  readonly login: Login;
  /** Whether code in any one pod is taken for given. */
  readonly isInside: boolean;
}

const SEARCHES: readonly Search[] = [
  { start: "internet", from: INTERNET, login: "none", isInside: false },
  { start: "any user", from: ANY_USER, login: "none", isInside: false },
  { start: "internet", from: INTERNET, login: "unknown", isInside: false },
  { start: "any pod", from: ANY_POD, login: "none", isInside: false },
  { start: "internet", from: INTERNET, login: "some", isInside: false },
  { start: "code in a pod", from: ANY_POD, login: "none", isInside: true },
];

/** Links between the same two nodes: whoever cuts there cuts all of them. The whole ones come first, then the cheapest. */
export type Step = readonly [Link, ...Link[]];

export interface Chain {
  readonly search: Search;
  readonly steps: readonly Step[];
  /** The last node before the end. */
  readonly last: NodeId;
  readonly end: End;
}

export class AttackGraph {
  readonly #out = new Map<NodeId, Link[]>();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const edge of EDGES) for (const found of edge.links(graph)) this.#add({ ...found, edge });
  }

  /** The shortest of each search, from the workload that an attack is taken to begin in, or from every start. */
  chains(workload?: string): readonly Chain[] {
    if (workload === undefined) return SEARCHES.flatMap((search) => this.#search(search));
    this.#openPortsTo(workload);
    return this.#search({ start: "workload", from: workloadNode(workload), login: "none", isInside: true });
  }

  /** Whether some start still leads to a node without the links that `isCut` names. */
  leadsTo(node: NodeId, isCut: (link: Link) => boolean): boolean {
    const seen = new Set<NodeId>([INTERNET, ANY_USER, ANY_POD]);
    for (const from of seen) {
      if (from === node) return true;
      for (const link of this.#out.get(from) ?? []) if (!isEnd(link.to) && !isCut(link)) seen.add(link.to);
    }
    return false;
  }

  #add(link: Link): void {
    const known = this.#out.get(link.from);
    if (known === undefined) this.#out.set(link.from, [link]);
    else known.push(link);
  }

  #openPortsTo(workload: string): void {
    const { reach } = this.#graph;
    for (const open of reach.ports)
      if (open.workload !== workload && reach.login(open).login === "none" && reach.fromWorkload(workload, open))
        this.#add({
          edge: podReaches,
          from: workloadNode(workload),
          to: portNode(open.workload, open.port, open.protocol),
          words: `${open.workload}, port ${open.port}`,
          places: [],
          cut: `add a NetworkPolicy that closes port ${open.port} of ${open.workload}`,
        });
  }

  #search(search: Search): readonly Chain[] {
    const ways = new Map<NodeId, readonly Step[]>([[search.from, []]]);
    const chains: Chain[] = [];
    for (const [node, steps] of ways)
      for (const [to, step] of this.#ahead(node, search)) {
        if (isEnd(to)) chains.push({ search, steps: [...steps, step], last: node, end: to });
        else if (!ways.has(to)) ways.set(to, [...steps, step]);
      }
    return chains.sort((a, b) => ENDS.indexOf(a.end) - ENDS.indexOf(b.end));
  }

  /** Whoever owns the cluster needs no further way; to whoever gets to the node, half a way to what is on it adds nothing. */
  #ahead(node: NodeId, search: Search): readonly (readonly [NodeId, Step])[] {
    const targets = this.#targets(node, search);
    const owned = targets.get("cluster");
    if (owned !== undefined && !isPartial(owned)) return [["cluster", owned]];
    return [...targets].filter(
      ([to, step]) => !(targets.has("node") && (to === "secrets" || to === "cloud") && isPartial(step)),
    );
  }

  #targets(node: NodeId, search: Search): ReadonlyMap<NodeId, Step> {
    const found = new Map<NodeId, [Link, ...Link[]]>();
    for (const link of this.#out.get(node) ?? []) {
      if (!isTaken(link, search)) continue;
      const known = found.get(link.to);
      if (known === undefined) found.set(link.to, [link]);
      else known.push(link);
    }
    for (const step of found.values()) step.sort((a, b) => weightOf(a) - weightOf(b));
    return found;
  }
}

/** Of a step whose links are sorted. */
export const isPartial = ([first]: Step): boolean => first.isPartial === true;

const weightOf = (link: Link): number => (link.isPartial === true ? 100 : 0) + link.edge.cost;

/** Of a search from the inside what counts behind an open program alone is what every program is for. */
function isTaken({ edge, login, needsOpen }: Link, search: Search): boolean {
  if (edge.id === codeInPod.id) return search.isInside;
  if (needsOpen === true && !(search.login === "none" && (!search.isInside || search.start === "workload")))
    return false;
  return login === undefined || LOGINS.indexOf(login) <= LOGINS.indexOf(search.login);
}
