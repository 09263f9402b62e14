/** Peers of NetworkPolicy rules. None depends on a label that a tenant can set on a pod or namespace of theirs. */
import { ENROLMENT_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { closedWithin, hostNetwork } from "../crds/v1alpha1/networks.ts";
import type { ApiServerAddress, CallerFacts, ExpandInput } from "./input.ts";

type Peer = Readonly<Record<string, unknown>>;
type Rule = Readonly<Record<string, unknown>>;
type Ports = readonly { readonly port: number; readonly protocol: string }[];

/** By the namespace label that the API server sets itself (KEP-2161), never by one that a person can set (DRIFT 51). */
const namespaceCalled = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

/** One where Palisade keeps its label for its pods: elsewhere anybody could give it. */
const enrolledNamespace = (name: string) => ({
  ...namespaceCalled(name),
  matchExpressions: [{ key: ENROLMENT_LABEL, operator: "Exists" }],
});

export const workloadPeer = (namespace: string, workload: string): Peer => ({
  namespaceSelector: enrolledNamespace(namespace),
  podSelector: { matchLabels: { [WORKLOAD_LABEL]: workload } },
});

/** Every pod of a workload there. Palisade deletes other pods with that label, so they are no peers (DRIFT 23). */
export const namespacePeer = (namespace: string): Peer => ({
  namespaceSelector: enrolledNamespace(namespace),
  podSelector: { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] },
});

export const podsPeer = (namespace: string, podLabels: Readonly<Record<string, string>>): Peer => ({
  namespaceSelector: namespaceCalled(namespace),
  podSelector: { matchLabels: { ...podLabels } },
});

/** Pods there that are no workload's: with labels alone a workload could become a peer that nobody declared on both sides. */
export const otherPodsPeer = (namespace: string, podLabels: Readonly<Record<string, string>>): Peer => ({
  namespaceSelector: namespaceCalled(namespace),
  podSelector: {
    matchLabels: { ...podLabels },
    matchExpressions: [{ key: WORKLOAD_LABEL, operator: "DoesNotExist" }],
  },
});

export function networkPeer(cidr: string): Peer {
  const except = closedWithin(cidr);
  return { ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) } };
}

export const addressPeer = (ip: string): Peer => ({ ipBlock: { cidr: hostNetwork(ip) } });

/** A caller of the platform at these ports. No rule if the platform team names none: ingress stays denied, and the status says so. */
export function callerRule(caller: CallerFacts | undefined, ports: Ports): readonly Rule[] {
  if (caller === undefined) return [];
  const { pods, cidrs } = caller;
  const from = [...(pods === undefined ? [] : [podsPeer(pods.namespace, pods.podLabels)]), ...cidrs.map(networkPeer)];
  return [{ from, ports: [...ports] }];
}

/** To the API server. No rule while its address is unknown. */
export function toApiServer(addresses: ExpandInput["facts"]["apiServer"]): readonly Rule[] {
  return (addresses ?? []).map(({ ip, port }) => ({
    to: [addressPeer(ip)],
    ports: [{ port, protocol: "TCP" }],
  }));
}

/** From the API server: its endpoints only, since connections never come from the Service's address. */
export function fromApiServer(addresses: ExpandInput["facts"]["apiServer"], ports: Ports): readonly Rule[] {
  const callers = sourcesOf(addresses ?? []);
  return callers.length === 0 ? [] : [{ from: callers.map(addressPeer), ports: [...ports] }];
}

const sourcesOf = (addresses: readonly ApiServerAddress[]): readonly string[] => [
  ...new Set(addresses.filter(({ virtual }) => virtual !== true).map(({ ip }) => ip)),
];
