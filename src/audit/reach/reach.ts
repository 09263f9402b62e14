/** Which ports are there, who gets to them, and whether what listens asks for a login. Pure. */
import type { ListeningAt, OpenPort, Reach } from "../edges/edge.ts";
import type { Facts, Service, Workload } from "../facts/model.ts";
import type { Listening } from "../products/product.ts";
import { INTERNET_ADDRESSES } from "./addresses.ts";
import type { Peer, PodPeer, TargetPort } from "./network-policies.ts";
import { Policies } from "./policies.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";

/** A namespace that no policy names. */
const ELSEWHERE = "elsewhere";

export function reachIn(facts: Facts): Reach {
  const policies = new Policies(facts.policies, facts.plugins, facts.tiers);
  const programs = new Map<string, Programs>();
  const programsIn = (id: string): Programs => {
    const known = programs.get(id) ?? programsOf(facts.workloads.get(id));
    programs.set(id, known);
    return known;
  };
  const peers = new Peers(facts);
  const behind = behindIn(facts);
  /** Undefined where nobody knows the pod; no policy holds before one in the node's network. */
  const target = ({ workload, port, protocol }: OpenPort): Target | undefined => {
    const found = facts.workloads.get(workload);
    if (found === undefined) return undefined;
    return { peer: peers.of(found), port: targetOf(found, port, protocol), isFree: found.hostNetwork };
  };
  const isReached = (open: OpenPort, sources: () => readonly Source[]): boolean => {
    const to = target(open);
    if (to === undefined || to.isFree) return to !== undefined;
    return sources().some(({ peer, isFree }) => policies[isFree ? "enters" : "allows"](peer, to.peer, to.port));
  };
  return {
    fromInternet: (open) => isReached(open, () => INTERNET_ADDRESSES.map((ip) => ({ peer: { ip }, isFree: false }))),
    fromSomebody: (open) => {
      const to = target(open);
      return to !== undefined && (to.isFree || policies.isOpenToSomebody(to.peer, to.port));
    },
    fromSomePod: (open) => isReached(open, () => peers.others(open.workload)),
    fromWorkload: (workload, open) => {
      const source = facts.workloads.get(workload);
      return source !== undefined && isReached(open, () => [peers.source(source)]);
    },
    isClosed: (workload) => {
      const found = facts.workloads.get(workload);
      return found !== undefined && policies.isClosed("ingress", peers.of(found));
    },
    toAddress: (workload, ip) => {
      const found = facts.workloads.get(workload);
      return found !== undefined && policies.leaves(peers.of(found), { ip }, { port: 80, protocol: "TCP" });
    },
    login: ({ workload, port }) => loginAt(facts.workloads.get(workload), programsIn(workload), port),
    behind,
    ports: everyPort(facts, (one) => portsOf(one, programsIn(one.id)), behind),
  };
}

/** No policy of its own namespace holds one in the node's network. */
interface Source {
  readonly peer: Peer;
  readonly isFree: boolean;
}

interface Target {
  readonly peer: PodPeer;
  readonly port: TargetPort;
  readonly isFree: boolean;
}

function targetOf({ ports }: Workload, port: number, protocol: string): TargetPort {
  return { port, protocol, name: ports.find((one) => one.port === port && one.protocol === protocol)?.name };
}

/** Pods as policies see them: those that were read, and in each namespace one that carries no label. */
class Peers {
  readonly #facts: Facts;
  readonly #strangers: readonly PodPeer[];
  readonly #known = new WeakMap<Workload, PodPeer>();

  constructor(facts: Facts) {
    this.#facts = facts;
    const named = new Set([...facts.namespaces.keys(), ELSEWHERE]);
    this.#strangers = [...named].map((namespace) => ({
      namespace,
      namespaceLabels: this.#labelsOf(namespace),
      labels: {},
    }));
  }

  /** The same for the same workload, so that policies know it again. */
  of(workload: Workload): PodPeer {
    const { namespace, labels, account } = workload;
    const known = this.#known.get(workload);
    if (known !== undefined) return known;
    const [, name = ""] = account.split("/");
    const peer = { namespace, namespaceLabels: this.#labelsOf(namespace), labels, account: name };
    this.#known.set(workload, peer);
    return peer;
  }

  source(workload: Workload): Source {
    return { peer: this.of(workload), isFree: workload.hostNetwork };
  }

  /** Who could be the attacker's first pod. */
  others(workload: string): readonly Source[] {
    const read = [...this.#facts.workloads.values()].filter(({ id }) => id !== workload);
    return [...this.#strangers.map((peer) => ({ peer, isFree: false })), ...read.map((one) => this.source(one))];
  }

  #labelsOf(namespace: string): PodPeer["namespaceLabels"] {
    return { ...this.#facts.namespaces.get(namespace)?.labels, [NAME_LABEL]: namespace };
  }
}

/** The known programs of a workload. A pod may have thousands of containers, so that each is looked at once. */
interface Programs {
  /** Of several at one port the first. */
  readonly byPort: ReadonlyMap<number, Listening>;
  /** At each port that no other has. */
  readonly elsewhere: Listening | undefined;
}

function programsOf(workload: Workload | undefined): Programs {
  const listening = (workload?.listening ?? []).flatMap((ask) => ask());
  const byPort = new Map<number, Listening>();
  for (const one of listening) if (one.port !== undefined && !byPort.has(one.port)) byPort.set(one.port, one);
  const elsewhere = listening.find(({ port }) => port === undefined);
  return { byPort, elsewhere: elsewhere ?? onOtherPort(workload?.ports ?? [], byPort, listening[0]) };
}

function loginAt(workload: Workload | undefined, { byPort, elsewhere }: Programs, port: number): ListeningAt {
  const found = byPort.get(port) ?? elsewhere;
  if (found !== undefined) return found;
  return {
    login: "unknown",
    words: "no program that is known",
    place: workload?.place ?? { object: "", file: "", line: 0, path: "" },
    product: undefined,
    gives: "code",
    cut: "ask for a login before the program, or close it",
  };
}

/** A Service may lead to a port that no container declares. */
function everyPort(
  facts: Facts,
  own: (workload: Workload) => readonly OpenPort[],
  behind: Reach["behind"],
): readonly OpenPort[] {
  const all = [
    ...[...facts.workloads.values()].flatMap(own),
    ...facts.services.flatMap(({ namespace, name }) => behind(namespace, name)),
  ];
  return [...new Map(all.map((open) => [`${open.workload}:${open.port}/${open.protocol}`, open])).values()];
}

/** A program that was moved to another port than its own. */
function onOtherPort(
  [only, ...others]: Workload["ports"],
  byPort: Programs["byPort"],
  first: Listening | undefined,
): Listening | undefined {
  return only === undefined || others.length > 0 || byPort.has(only.port) ? undefined : first;
}

/** What its containers declare, and what its programs are known to listen on. */
function portsOf({ id, ports }: Workload, { byPort }: Programs): readonly OpenPort[] {
  const known = [...byPort.keys()].map((port) => ({ port, protocol: "TCP" }));
  const all = new Map([...ports, ...known].map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }]));
  return [...all.values()].map(({ port, protocol }) => ({ workload: id, port, protocol }));
}

/** Two files may each have a Service of one name, and both count. */
function behindIn(facts: Facts): Reach["behind"] {
  const services = Map.groupBy(facts.services, ({ namespace, name }) => `${namespace}/${name}`);
  const inNamespace = Map.groupBy(facts.workloads.values(), ({ namespace }) => namespace);
  const selected = (service: Service, port: number | string | undefined): readonly OpenPort[] => {
    if (Object.keys(service.selector).length === 0) return [];
    const ports = portsNamed(service, port);
    return (inNamespace.get(service.namespace) ?? [])
      .filter((workload) => selects(service, workload))
      .flatMap((workload) => ports.flatMap((one) => targetsOf(workload, one)));
  };
  return (namespace, name, port) =>
    (services.get(`${namespace}/${name}`) ?? []).flatMap((service) => {
      if (service.type !== "ExternalName") return selected(service, port);
      const named = services.get(`${service.alias?.namespace}/${service.alias?.name}`) ?? [];
      // A name leads to the port that was asked for, whatever ports it lists.
      const asked = portsNamed(service, port)[0]?.port ?? port;
      return named.flatMap((one) => (one.type === "ExternalName" ? [] : selected(one, asked)));
    });
}

const portsNamed = ({ ports }: Service, port: number | string | undefined): Service["ports"] =>
  ports.filter((one) => port === undefined || one.port === port || one.name === port);

export const selects = ({ selector }: Pick<Service, "selector">, { labels }: Pick<Workload, "labels">): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

function targetsOf(workload: Workload, { targetPort, protocol }: Service["ports"][number]): readonly OpenPort[] {
  if (typeof targetPort === "number") return [{ workload: workload.id, port: targetPort, protocol }];
  return workload.ports
    .filter(({ name }) => name === targetPort)
    .map(({ port }) => ({ workload: workload.id, port, protocol }));
}
