/**
 * Who reaches whom, for every pair of workloads that were read: declared where a NetworkPolicy of the destination names the source, open
 * where nothing closes the way, else closed. The audit's own reading of policies decides; here it is only asked for as few pairs as can be. Pure.
 */
import type { Graph } from "../audit/edges/edge.ts";
import type { Workload } from "../audit/facts/model.ts";
import {
  NetworkPolicies,
  type PodPeer,
  type Policy,
  policyText,
  type TargetPort,
} from "../audit/reach/network-policies.ts";
import { couldMatch } from "../kubernetes/selectors.ts";
import { Pairs, type PortAt, type ReachMatrix, type Ways } from "./pairs.ts";

interface Peer {
  readonly workload: Workload;
  readonly pod: PodPeer;
  readonly ports: readonly TargetPort[];
  readonly ingress: readonly Policy[];
  readonly egress: readonly Policy[];
}

const NAME_LABEL = "kubernetes.io/metadata.name";
/** A pod that no policy can mean: it is of a namespace that nobody named, and has no label. */
const STRANGER: PodPeer = { namespace: "", namespaceLabels: {}, labels: {} };
/** Where nothing says on which port a workload listens, only a rule for all ports holds. */
const ANY_PORT: TargetPort = { port: 0, protocol: "TCP" };

export function reachMatrix({ facts, reach }: Pick<Graph, "facts" | "reach">): ReachMatrix {
  const workloads = [...facts.workloads.values()].sort((a, b) => order(a.namespace, b.namespace) || order(a.id, b.id));
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const listening = Map.groupBy(reach.ports, ({ workload }) => workload);
  const policies = new NetworkPolicies(facts.policies);
  const peers = workloads.map((workload): Peer => {
    const labels = { ...facts.namespaces.get(workload.namespace)?.labels, [NAME_LABEL]: workload.namespace };
    const pod = { namespace: workload.namespace, namespaceLabels: labels, labels: workload.labels };
    const isFree = workload.hostNetwork;
    return {
      workload,
      pod,
      ports: (listening.get(workload.id) ?? []).map(({ port, protocol }) => targetOf(workload, port, protocol)),
      ingress: isFree ? [] : policies.isolating("ingress", pod),
      egress: isFree ? [] : policies.isolating("egress", pod),
    };
  });
  const open = peers.map(openPorts);
  const enters = waysOf(peers, "ingress");
  const found = {
    open,
    special: enters.map((ways, to) => specialOf(peers, to, { open: open[to] ?? null, ways })),
    leaves: waysOf(peers, "egress").map((ways, from) => (isAll(peers, from, ways) ? null : pairsIn(ways))),
  };
  const matrix = {
    namespaces,
    workloads: peers.map(({ workload, ports, ingress, egress }) => ({
      id: workload.id,
      namespace: namespaces.indexOf(workload.namespace),
      ports: ports.map(({ port, protocol }) => {
        const { login, words } = reach.login({ workload: workload.id, port, protocol });
        return { port, protocol, login, words };
      }),
      ingress: ingress.map(policyText),
      egress: egress.map(policyText),
    })),
    ...found,
  };
  return { ...matrix, counts: countsOf(matrix) };
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function targetOf({ ports }: Workload, port: number, protocol: string): TargetPort {
  return { port, protocol, name: ports.find((one) => one.port === port && one.protocol === protocol)?.name };
}

const portsOf = ({ ports }: Pick<Peer, "ports">): readonly TargetPort[] => (ports.length === 0 ? [ANY_PORT] : ports);

/** A rule without peers and ports lets everything through. */
const isClosing = (policies: readonly Policy[], direction: "ingress" | "egress" = "egress"): boolean =>
  policies.length > 0 &&
  !policies.some((policy) => policy[direction]?.some(({ peers, ports }) => peers.length + ports.length === 0));

function openPorts(peer: Peer): readonly PortAt[] | null {
  if (!isClosing(peer.ingress, "ingress")) return null;
  const own = new NetworkPolicies(peer.ingress);
  return portsOf(peer).flatMap((port, at) => (own.enters(STRANGER, peer.pod, port) ? [at] : []));
}

/** The ports of another peer, by its position. */
type WaysOf = ReadonlyMap<number, readonly PortAt[]>;

/** Of each peer that its own policies close: what they let through. */
function waysOf(peers: readonly Peer[], direction: "ingress" | "egress"): readonly (WaysOf | undefined)[] {
  const named = new Named(peers);
  return peers.map((peer, at) => {
    const policies = peer[direction];
    if (!isClosing(policies, direction)) return undefined;
    const own = new NetworkPolicies(policies);
    const others = [...named.by(policies, direction)].filter((other) => other !== at);
    return new Map(others.map((other) => [other, letThrough(own, direction, { peer, other: peers[other] })] as const));
  });
}

interface Way {
  readonly peer: Peer;
  readonly other: Peer | undefined;
}

function letThrough(own: NetworkPolicies, direction: "ingress" | "egress", { peer, other }: Way): readonly PortAt[] {
  if (other === undefined) return [];
  if (direction === "ingress")
    return portsOf(peer).flatMap((port, at) => (own.enters(other.pod, peer.pod, port) ? [at] : []));
  return portsOf(other).flatMap((port, at) => (own.leaves(peer.pod, other.pod, port) ? [at] : []));
}

const pairsIn = (ways: WaysOf = new Map()): readonly number[] =>
  [...ways].flatMap(([other, ports]) => ports.flatMap((port) => [other, port]));

/** Whether every port of every other one is let through. */
const isAll = (peers: readonly Peer[], from: number, ways: WaysOf | undefined): boolean =>
  ways === undefined || peers.every((other, to) => to === from || ways.get(to)?.length === portsOf(other).length);

interface Entered {
  readonly open: readonly PortAt[] | null;
  readonly ways: WaysOf | undefined;
}

/** Sources that may not enter an open port, and those that may enter another: of either there are few. */
function specialOf(peers: readonly Peer[], to: number, { open, ways = new Map() }: Entered): readonly number[] {
  if (open === null) return [];
  const named = [...ways].flatMap(([from, ports]) =>
    ports.flatMap((port: PortAt) => (open.includes(port) ? [] : [from, port])),
  );
  const refused = peers.flatMap((_, from) =>
    from === to ? [] : open.flatMap((port) => (ways.get(from)?.includes(port) === true ? [] : [from, port])),
  );
  return [...named, ...refused];
}

type RulePeers = NonNullable<Policy["ingress"]>[number]["peers"];

/** Finds whom policies may name, by namespace and by one label; never leaves out one that they do. */
class Named {
  readonly #peers: readonly Peer[];
  readonly #namespaces: ReadonlyMap<string, PodPeer["namespaceLabels"]>;
  readonly #inNamespace: ReadonlyMap<string, readonly number[]>;
  readonly #labelled = new Map<string, number[]>();

  constructor(peers: readonly Peer[]) {
    this.#peers = peers;
    this.#namespaces = new Map(peers.map(({ pod }) => [pod.namespace, pod.namespaceLabels]));
    this.#inNamespace = Map.groupBy(peers.keys(), (at) => peers[at]?.pod.namespace ?? "");
    for (const [at, { pod }] of peers.entries())
      for (const label of Object.entries(pod.labels)) {
        const key = label.join("=");
        const known = this.#labelled.get(key);
        if (known === undefined) this.#labelled.set(key, [at]);
        else known.push(at);
      }
  }

  by(policies: readonly Policy[], direction: "ingress" | "egress"): ReadonlySet<number> {
    return new Set(
      policies.flatMap((policy) =>
        (policy[direction] ?? []).flatMap(({ peers }) =>
          peers.length === 0 ? [...this.#peers.keys()] : peers.flatMap((peer) => this.#of(peer, policy.namespace)),
        ),
      ),
    );
  }

  #of({ block, namespaceSelector, podSelector }: RulePeers[number], own: string): readonly number[] {
    if (block !== undefined) return [...this.#peers.keys()];
    const isNamed = ([namespace, labels]: readonly [string, PodPeer["namespaceLabels"]]): boolean =>
      namespaceSelector === undefined ? namespace === own : couldMatch(namespaceSelector, labels);
    const namespaces = new Set([...this.#namespaces].filter(isNamed).map(([namespace]) => namespace));
    const [label] = Object.entries(podSelector?.matchLabels ?? {});
    if (label === undefined) return [...namespaces].flatMap((namespace) => this.#inNamespace.get(namespace) ?? []);
    const labelled = this.#labelled.get(label.join("=")) ?? [];
    return labelled.filter((at) => namespaces.has(this.#peers[at]?.pod.namespace ?? ""));
  }
}

function countsOf(matrix: Ways & Pick<ReachMatrix, "namespaces">): ReachMatrix["counts"] {
  const pairs = new Pairs(matrix);
  const counts = matrix.namespaces.map(() => matrix.namespaces.map(() => ({ declared: 0, open: 0, closed: 0 })));
  for (const [from, source] of matrix.workloads.entries())
    for (const [to, destination] of matrix.workloads.entries()) {
      const cell = from === to ? undefined : counts[source.namespace]?.[destination.namespace];
      if (cell !== undefined) cell[pairs.worst(from, to)] += 1;
    }
  return counts;
}
