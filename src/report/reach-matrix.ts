/**
 * Who reaches whom, for every pair of workloads that were read: declared where both ends that are SecureWorkloads say so, or a NetworkPolicy of
 * another destination names the source, open where nothing closes the way, else closed. The audit's own reading of policies decides; here it is
 * only asked for as few pairs as can be. Pure.
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
import type { Direction } from "../audit/reach/plugin-policy.ts";
import { Policies } from "../audit/reach/policies.ts";
import { couldMatch } from "../kubernetes/selectors.ts";
import { Agreement } from "./agreement.ts";
import { fromInternet } from "./from-internet.ts";
import { Pairs, type PortAt, type ReachMatrix, type Ways } from "./pairs.ts";

interface Peer {
  readonly workload: Workload;
  readonly pod: PodPeer;
  readonly ports: readonly TargetPort[];
  readonly ingress: readonly Policy[];
  readonly egress: readonly Policy[];
  /** Whether policies of plugins or administrators say something of it, too: then each other peer is asked about by itself. */
  readonly isPlain: Readonly<Record<Direction, boolean>>;
  readonly named: Readonly<Record<Direction, readonly string[]>>;
}

interface OwnPolicies {
  readonly isolating: readonly Policy[];
  readonly isPlain: boolean;
  readonly names: readonly string[];
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
  const policies = new Policies(facts.policies, facts.plugins, facts.tiers);
  const peers = workloads.map((workload): Peer => {
    const labels = { ...facts.namespaces.get(workload.namespace)?.labels, [NAME_LABEL]: workload.namespace };
    const [, account = ""] = workload.account.split("/");
    const pod = { namespace: workload.namespace, namespaceLabels: labels, labels: workload.labels, account };
    const isFree = workload.hostNetwork;
    const own = (direction: Direction): OwnPolicies => {
      const isolating = isFree ? [] : policies.isolating(direction, pod);
      const plugins = isFree ? [] : policies.pluginsOf(direction, pod);
      return { isolating, isPlain: plugins.length === 0, names: [...isolating.map(policyText), ...plugins] };
    };
    const [ingress, egress] = [own("ingress"), own("egress")];
    return {
      workload,
      pod,
      ports: (listening.get(workload.id) ?? []).map(({ port, protocol }) => targetOf(workload, port, protocol)),
      ingress: ingress.isolating,
      egress: egress.isolating,
      isPlain: { ingress: ingress.isPlain, egress: egress.isPlain },
      named: { ingress: ingress.names, egress: egress.names },
    };
  });
  const asked: Asked = { peers, policies };
  const open = peers.map((peer) => openPorts(peer, policies));
  const enters = waysOf(asked, "ingress");
  const agreement = new Agreement(facts);
  const found = {
    open,
    agreed: peers.map((_, to) => agreedOf(peers, to, { open: open[to] ?? null, ways: enters[to], agreement })),
    internet: fromInternet(
      { facts, reach },
      peers.map(({ workload, ports }, at) => ({ workload, ports, open: open[at] ?? null })),
      agreement,
    ),
    special: enters.map((ways, to) => specialOf(peers, to, { open: open[to] ?? null, ways })),
    leaves: waysOf(asked, "egress").map((ways, from) => (isAll(peers, from, ways) ? null : pairsIn(ways))),
  };
  const matrix = {
    namespaces,
    workloads: peers.map(({ workload, ports, named }) => ({
      id: workload.id,
      namespace: namespaces.indexOf(workload.namespace),
      declaredBy: agreement.of(workload)?.id ?? "",
      ports: ports.map(({ port, protocol }) => {
        const { login, words } = reach.login({ workload: workload.id, port, protocol });
        return { port, protocol, login, words };
      }),
      ...named,
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

interface Asked {
  readonly peers: readonly Peer[];
  readonly policies: Policies;
}

/** A rule without peers and ports lets everything through. */
function isClosing(peer: Peer, direction: Direction): boolean {
  const policies = peer[direction];
  if (!peer.isPlain[direction]) return true;
  return (
    policies.length > 0 &&
    !policies.some((policy) => policy[direction]?.some(({ peers, ports }) => peers.length + ports.length === 0))
  );
}

/** What decides over a peer: its own policies alone, where they are all of Kubernetes. */
const deciding = (peer: Peer, direction: Direction, policies: Policies): Pick<Policies, "enters" | "leaves"> =>
  peer.isPlain[direction] ? new NetworkPolicies(peer[direction]) : policies;

function openPorts(peer: Peer, policies: Policies): readonly PortAt[] | null {
  if (!isClosing(peer, "ingress")) return null;
  const own = deciding(peer, "ingress", policies);
  return portsOf(peer).flatMap((port, at) => (own.enters(STRANGER, peer.pod, port) ? [at] : []));
}

/** The ports of another peer, by its position. */
type WaysOf = ReadonlyMap<number, readonly PortAt[]>;

/** Of each peer that its own policies close: what they let through. */
function waysOf({ peers, policies }: Asked, direction: Direction): readonly (WaysOf | undefined)[] {
  const named = new Named(peers);
  return peers.map((peer, at) => {
    if (!isClosing(peer, direction)) return undefined;
    const own = deciding(peer, direction, policies);
    const asked = peer.isPlain[direction] ? named.by(peer[direction], direction) : peers.keys();
    const others = [...asked].filter((other) => other !== at);
    return new Map(others.map((other) => [other, letThrough(own, direction, { peer, other: peers[other] })] as const));
  });
}

interface Way {
  readonly peer: Peer;
  readonly other: Peer | undefined;
}

function letThrough(
  own: Pick<Policies, "enters" | "leaves">,
  direction: Direction,
  { peer, other }: Way,
): readonly PortAt[] {
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

interface Agreed extends Entered {
  readonly agreement: Agreement;
}

/** Of ways that policies let through, those that every end declares: a SecureWorkload itself, another destination by its policies. */
function agreedOf(peers: readonly Peer[], to: number, { open, ways, agreement }: Agreed): readonly number[] {
  const destination = peers[to];
  if (destination === undefined) return [];
  const server = agreement.of(destination.workload);
  const ports = portsOf(destination);
  const all = [...ports.keys()];
  const through = ways ?? new Map(server === undefined ? [] : peers.map((_, from) => [from, all] as const));
  return [...through].flatMap(([from, letThrough]) => {
    const source = peers[from]?.workload;
    const client = source === undefined ? undefined : agreement.of(source);
    if (source === undefined || from === to || (server ?? client) === undefined) return [];
    return letThrough.flatMap((port) => {
      const at = ports[port] ?? ANY_PORT;
      const isLetIn = server === undefined ? open?.includes(port) === false : agreement.letsIn(server, source, at);
      return isLetIn && (client === undefined || agreement.calls(client, destination.workload, at)) ? [from, port] : [];
    });
  });
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

  by(policies: readonly Policy[], direction: Direction): ReadonlySet<number> {
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
