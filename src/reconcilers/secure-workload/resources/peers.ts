/** Peers of NetworkPolicy rules. Nothing in them is a label that a tenant can put on a pod or namespace of his own. */
import { WORKLOAD_LABEL } from "../../../crds/group.ts";
import { closedWithin, hostNetwork } from "../../../crds/v1alpha1/networks.ts";
import type { ApiServerAddress, CallerFacts, ExpandInput } from "./input.ts";

type Peer = Readonly<Record<string, unknown>>;
type Rule = Readonly<Record<string, unknown>>;
type Ports = readonly { readonly port: number; readonly protocol: string }[];

/** By the one label of a namespace that the API server itself keeps true (KEP-2161), never by one that a person can set (DRIFT 51). */
const namespaceCalled = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

export const workloadPeer = (namespace: string, workload: string): Peer => ({
  namespaceSelector: namespaceCalled(namespace),
  podSelector: { matchLabels: { [WORKLOAD_LABEL]: workload } },
});

/** Every pod there that is a workload's: a stand-alone pod bears no such label for long, and is no peer (DRIFT 23). */
export const namespacePeer = (namespace: string): Peer => ({
  namespaceSelector: namespaceCalled(namespace),
  podSelector: { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] },
});

export const podsPeer = (namespace: string, podLabels: Readonly<Record<string, string>>): Peer => ({
  namespaceSelector: namespaceCalled(namespace),
  podSelector: { matchLabels: { ...podLabels } },
});

export function networkPeer(cidr: string): Peer {
  const except = closedWithin(cidr);
  return { ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) } };
}

export const addressPeer = (ip: string): Peer => ({ ipBlock: { cidr: hostNetwork(ip) } });

/** Pods of the platform at these ports. No rule while the platform team names none: the way stays closed, and the status says so. */
export function callerRule(caller: CallerFacts | undefined, ports: Ports): readonly Rule[] {
  return caller === undefined ? [] : [{ from: [podsPeer(caller.namespace, caller.podLabels)], ports: [...ports] }];
}

/** To the API server. No rule while its address is not known. */
export function toApiServer(addresses: ExpandInput["facts"]["apiServer"]): readonly Rule[] {
  return (addresses ?? []).map(({ ip, port }) => ({
    to: [addressPeer(ip)],
    ports: [{ port, protocol: "TCP" }],
  }));
}

/** From the API server: its own addresses. The Service in front of it never calls. */
export function fromApiServer(addresses: ExpandInput["facts"]["apiServer"], ports: Ports): readonly Rule[] {
  const callers = sourcesOf(addresses ?? []);
  return callers.length === 0 ? [] : [{ from: callers.map(addressPeer), ports: [...ports] }];
}

const sourcesOf = (addresses: readonly ApiServerAddress[]): readonly string[] => [
  ...new Set(addresses.filter(({ virtual }) => virtual !== true).map(({ ip }) => ip)),
];
