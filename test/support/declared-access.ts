/**
 * What workloads declare, read straight from them and never by way of a NetworkPolicy: the measure that the evaluator's
 * verdicts are held against.
 */
import { BlockList, isIPv6 } from "node:net";
import type { Flow, Mark, Outsider, Pod, Port } from "./policy-evaluator.ts";
import { BASELINE, type Declared, FACTS, workloadOf } from "./reachability.ts";

type Peer = Pod | Outsider;

const familyOf = (ip: string): "ipv4" | "ipv6" => (isIPv6(ip) ? "ipv6" : "ipv4");

/** Loopback, link-local, where clouds answer metadata besides, and the same through a NAT64 gateway. */
const NEVER = blockList(
  "127.0.0.0/8",
  "169.254.0.0/16",
  "168.63.129.16/32",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "::1/128",
  "fe80::/10",
  "fd00:ec2::23/128",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  "fd00:42::42/128",
  "fd00:a9fe:a9fe::1/128",
  "64:ff9b::7f00:0/104",
  "64:ff9b::a9fe:0/112",
  "64:ff9b::6464:64c8/128",
  "64:ff9b::a83f:8110/128",
  "64:ff9b::c000:c0/128",
);

function blockList(...cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [base = "", prefix] = cidr.split("/");
    list.addSubnet(base, Number(prefix), familyOf(base));
  }
  return list;
}

export const isNeverReachable = (ip: string): boolean => NEVER.check(ip, familyOf(ip));

/** The mark that the declarations give a flow. A pod whose namespace holds no workload is nobody's business. */
export function declaredMark(flow: Omit<Flow, "mark">, workloads: readonly Declared[]): Mark {
  const { source, destination, port } = flow;
  if (!isPod(source) && !isPod(destination)) return "-";
  const leaves = mayLeave(source, destination, port, workloads);
  const enters = mayEnter(source, destination, port, workloads);
  if (leaves && enters) return "+";
  return leaves ? ">" : enters ? "<" : ".";
}

const isPod = (peer: Peer): peer is Pod => "namespace" in peer;

const isGoverned = ({ namespace }: Pod, workloads: readonly Declared[]): boolean =>
  workloads.some(({ ref }) => ref.namespace === namespace);

const declarationOf = (pod: Pod, workloads: readonly Declared[]): Declared | undefined =>
  workloads.find(({ ref }) => ref.namespace === pod.namespace && ref.name === workloadOf(pod));

function mayLeave(source: Peer, destination: Peer, port: Port, workloads: readonly Declared[]): boolean {
  if (!isPod(source) || !isGoverned(source, workloads)) return true;
  if (answersDns(destination, port)) return true;
  const declared = declarationOf(source, workloads);
  if (declared === undefined) return false;
  const { access, permissions = [] } = declared.spec;
  const outbound = access?.outbound ?? [];
  const callsApi = permissions.length > 0 || outbound.some(({ kubernetesAPI }) => kubernetesAPI === true);
  if (callsApi && answersKubernetesApi(destination, port)) return true;
  return outbound.some(
    (peer) =>
      peer.port !== undefined &&
      peer.port <= port.port &&
      port.port <= (peer.endPort ?? peer.port) &&
      peer.protocol === port.protocol &&
      isNamed(destination, peer, source.namespace),
  );
}

function mayEnter(source: Peer, destination: Peer, port: Port, workloads: readonly Declared[]): boolean {
  if (!isPod(destination) || !isGoverned(destination, workloads)) return true;
  const declared = declarationOf(destination, workloads);
  if (declared === undefined) return false;
  const { ports = [], access, expose = [], monitoring } = declared.spec;
  if (port.protocol === "TCP" && port.port === monitoring?.port && isCaller(source, "monitoring")) return true;
  const isExposed = expose.some((entry) => entry.port === port.port && isGranted(destination.namespace, entry));
  if (port.protocol === "TCP" && isExposed && isCaller(source, "gateway")) return true;
  return (
    ports.some((own) => own.port === port.port && own.protocol === port.protocol) &&
    (access?.inbound ?? []).some(
      (peer) => (peer.port ?? port.port) === port.port && isInboundPeer(source, peer, destination.namespace),
    )
  );
}

/** Hosts are exposed through an Ingress here, which needs a certificate. */
const isGranted = (namespace: string, { host, tls }: { readonly host: string; readonly tls?: unknown }): boolean =>
  tls !== undefined &&
  (BASELINE.spec.namespaces ?? []).some(
    ({ name, hosts = [] }) =>
      name === namespace && (hosts.includes(host) || hosts.includes(["*", ...host.split(".").slice(1)].join("."))),
  );

function isCaller(peer: Peer, role: "gateway" | "monitoring"): boolean {
  const caller = BASELINE.spec.callers?.[role];
  return (
    caller !== undefined &&
    isPod(peer) &&
    peer.namespace === caller.namespace &&
    (caller.podLabels ?? []).every(({ key, value }) => peer.labels[key] === value)
  );
}

interface Named {
  readonly workload?: string | undefined;
  readonly namespace?: string | undefined;
  readonly cidr?: string | undefined;
}

interface NamedInbound extends Named {
  readonly gateway?: boolean | undefined;
  readonly monitoring?: boolean | undefined;
  readonly kubernetesAPI?: boolean | undefined;
}

function isInboundPeer(peer: Peer, named: NamedInbound, ownNamespace: string): boolean {
  if (named.gateway === true) return isCaller(peer, "gateway");
  if (named.monitoring === true) return isCaller(peer, "monitoring");
  if (named.kubernetesAPI === true) return isKubernetesApi(peer);
  return isNamed(peer, named, ownNamespace);
}

/** A peer by its DNS name is none here: nothing in this cluster enforces names. */
function isNamed(peer: Peer, { workload, namespace, cidr }: Named, ownNamespace: string): boolean {
  if (cidr !== undefined) return blockList(cidr).check(peer.ip, familyOf(peer.ip)) && !isNeverReachable(peer.ip);
  if (workload === undefined && namespace === undefined) return false;
  const bears = isPod(peer) ? workloadOf(peer) : undefined;
  return (
    isPod(peer) &&
    peer.namespace === (namespace ?? ownNamespace) &&
    bears !== undefined &&
    (workload === undefined || bears === workload)
  );
}

function answersDns(peer: Peer, port: Port): boolean {
  const { dns } = FACTS;
  return (
    dns !== undefined &&
    isPod(peer) &&
    peer.namespace === dns.namespace &&
    Object.entries(dns.podLabels ?? {}).every(([key, value]) => peer.labels[key] === value) &&
    dns.ports.some((known) => known.port === port.port && known.protocol === port.protocol)
  );
}

/** It calls from where it runs; the Service in front of it never calls. */
const isKubernetesApi = ({ ip }: Peer): boolean =>
  (FACTS.apiServer ?? []).some((known) => known.ip === ip && known.virtual !== true);

const answersKubernetesApi = ({ ip }: Peer, port: Port): boolean =>
  port.protocol === "TCP" && (FACTS.apiServer ?? []).some((known) => known.ip === ip && known.port === port.port);
