/** Whom one peer of a NetworkPolicy means. */
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { dnsName } from "../../crds/v1alpha1/dns-names.ts";
import { CLOSED_NETWORKS, closedWithin, network, networksWithin } from "../../crds/v1alpha1/networks.ts";
import { foreignLabels, labelList } from "../../crds/v1alpha1/pod-peers.ts";
import type { Draft } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { takes } from "../takes.ts";
import { targetOf } from "../targets.ts";
import { matches, type World } from "../world.ts";
import { NAMESPACE_NAME, PRIVATE_NETWORKS } from "./plugin-rules.ts";

/** Names of namespaces that ingress controllers and monitoring stacks usually have. */
const GATEWAY = /ingress|gateway|traefik|istio|kong|contour|haproxy/;
const MONITORING = /monitoring|prometheus|observability|metrics/;

interface PodLabel {
  readonly key: string;
  readonly value: string;
}

export interface Peer {
  readonly workload?: string;
  readonly namespace?: string;
  readonly cidr?: string;
  readonly host?: string;
  readonly kubernetesAPI?: true;
  readonly pods?: { readonly namespace?: string; readonly podLabels: readonly PodLabel[] };
  readonly internet?: true;
  readonly gateway?: true;
  readonly monitoring?: true;
}

export function peersOf(world: World, draft: Draft, part: Part): readonly Peer[] {
  const named = namedPeer(world, draft, part);
  if (named !== undefined) return named;
  const cidr = networkOf(part);
  if (cidr === "internet") return [{ internet: true }];
  return cidr === undefined ? podsOf(world, draft, part) : blockOf(draft, part, cidr);
}

/** What network plugins name and Kubernetes does not. */
function namedPeer(world: World, draft: Draft, part: Part): readonly Peer[] | undefined {
  if (part.at("gateway").exists) return [{ gateway: true }];
  if (part.at("kubernetesAPI").exists) return [{ kubernetesAPI: true }];
  const service = part.at("service").text();
  if (service !== undefined) return behindService(world, draft, part, service);
  const host = part.at("host").text();
  if (host === undefined || takes(dnsName, host)) return host === undefined ? undefined : [{ host }];
  draft.decisions.push(
    `access.outbound: ${sayPlace(part.place)} names ${host}, which is no host that can be declared; write it as api.example.com or *.example.com`,
  );
  return [];
}

function behindService(world: World, draft: Draft, { place }: Part, service: string): readonly Peer[] {
  const target = targetOf(world, draft, service)?.draft;
  if (target !== undefined) {
    const isElsewhere = target.namespace !== undefined && target.namespace !== draft.namespace;
    return [{ workload: target.name, ...(isElsewhere ? { namespace: target.namespace } : {}) }];
  }
  draft.decisions.push(
    `access.outbound: ${sayPlace(place)} names the Service ${service}, which is in none of these files; name its workload, or its host`,
  );
  return [];
}

function podsOf(world: World, draft: Draft, part: Part): readonly Peer[] {
  const namespaces = part.at("namespaceSelector");
  if (!namespaces.exists) return podsIn(world, draft, part, draft.namespace);
  const names = namespacesOf(namespaces);
  return (names.length === 0 ? [undefined] : names).flatMap((name) => podsIn(world, draft, part, name));
}

function podsIn(world: World, draft: Draft, part: Part, namespace: string | undefined): readonly Peer[] {
  const pods = part.at("podSelector");
  const other = namespace === draft.namespace ? {} : { namespace: namespace ?? "" };
  const workload = pods.at("matchLabels", WORKLOAD_LABEL).text();
  if (workload !== undefined) return [{ workload, ...other }];
  if (isEveryWorkload(pods)) return [{ namespace: namespace ?? "default" }];
  const inside = world.drafts.filter((one) => one.namespace === namespace && matches(pods, one.podLabels));
  if (pods.exists && pods.fields().length > 0 && inside.length > 0)
    return inside.map(({ name }) => ({ workload: name, ...other }));
  return namespace === undefined && part.at("namespaceSelector").exists
    ? someNamespaces(draft, part)
    : namespacePeer(world, draft, namespace, pods);
}

/** Every address of a family, or what is routed on the internet of IPv6. */
const EVERYWHERE = /^(0\.0\.0\.0\/0|::\/0|2000::\/3)$/;

export const networkOf = (peer: Part): string | undefined => {
  const cidr = peer.at("ipBlock", "cidr").text();
  return EVERYWHERE.test(cidr ?? "") ? "internet" : cidr;
};

/** Whether a peer is every address, private ones too; of IPv6 they are hardly ever left out. */
export function isOpen(peer: Part): boolean {
  const block = peer.at("ipBlock");
  const except = block.at("except").texts() ?? [];
  return block.at("cidr").text() === "0.0.0.0/0" && !PRIVATE_NETWORKS.every((network) => except.includes(network));
}

/** A network has no exceptions but those that Palisade makes itself. */
function blockOf(draft: Draft, part: Part, cidr: string): readonly Peer[] {
  if (!takes(network, cidr)) return withoutBlock(draft, part, cidr);
  const closed = closedWithin(cidr);
  const except = (part.at("ipBlock", "except").texts() ?? []).filter((one) => !closed.includes(one));
  if (except.length > 0)
    draft.decisions.push(
      `access: ${sayPlace(part.place)} left out ${except.join(", ")} of ${cidr}, which a cidr cannot; write smaller networks`,
    );
  return [{ cidr }];
}

/** An identity opens the way to the metadata service that gives it. */
function withoutBlock(draft: Draft, part: Part, cidr: string): readonly Peer[] {
  const isClosed = CLOSED_NETWORKS.some((closed) => networksWithin(closed, [cidr]).length > 0);
  if (isClosed && draft.spec["identity"] !== undefined) return [];
  draft.decisions.push(
    `access: ${sayPlace(part.place)} names ${cidr}, which ${isClosed ? "no workload may reach; declare an identity, if it is for one" : "is no network that can be declared; write smaller ones, in their shortest form"}`,
  );
  return [];
}

const isEveryWorkload = (pods: Part): boolean =>
  pods.at("matchExpressions", 0, "key").text() === WORKLOAD_LABEL &&
  pods.at("matchExpressions", 0, "operator").text() === "Exists";

/** Whom the platform team names calls by role; those who are called there have names. */
export function roleOf(namespace: string): Peer | undefined {
  if (GATEWAY.test(namespace)) return { gateway: true };
  return MONITORING.test(namespace) ? { monitoring: true } : undefined;
}

const isGoingOut = ({ path }: Part): boolean => path.includes("egress");

/** A draft that says no namespace is in the same as its peers. */
function namespacePeer(world: World, draft: Draft, namespace: string | undefined, pods: Part): readonly Peer[] {
  const other = namespace === draft.namespace ? undefined : namespace;
  const role = other === undefined || isGoingOut(pods) ? undefined : roleOf(other);
  if (role !== undefined) return [role];
  const isEveryPod = !pods.exists || pods.fields().length === 0;
  if (isEveryPod) return everyWorkload(world, draft, namespace ?? "default", pods);
  return strangers(draft, other, pods);
}

/** Whoever is no workload there is not meant by it. */
function everyWorkload(world: World, draft: Draft, namespace: string, { place }: Part): readonly Peer[] {
  const isKnown = world.drafts.some((one) => (one.namespace ?? world.namespace) === namespace);
  if (!isKnown)
    draft.decisions.push(
      `access: ${sayPlace(place)} means every pod of namespace ${namespace}, of which none is in these files; as it stands it means every workload there, so name other pods by their labels`,
    );
  return [{ namespace }];
}

/** Pods that are in none of the files. */
function strangers(draft: Draft, namespace: string | undefined, pods: Part): readonly Peer[] {
  const podLabels = labelsOf(pods);
  const rest = podLabels === undefined ? "" : ONCE;
  draft.decisions.push(
    `access: ${sayPlace(pods.place)} selects pods that are in none of these files; name their workload${rest}`,
  );
  return podLabels === undefined ? [] : [{ pods: { ...(namespace === undefined ? {} : { namespace }), podLabels } }];
}

const ONCE = " once they have one: until then the platform team grants them, or the namespace is Observing";

/** As Palisade's own policies say of pods that belong to no workload. */
const leavesOutWorkloads = (pods: Part): boolean =>
  !pods.at("matchExpressions", 1).exists &&
  pods.at("matchExpressions", 0, "key").text() === WORKLOAD_LABEL &&
  pods.at("matchExpressions", 0, "operator").text() === "DoesNotExist";

/** The labels that select pods, if nothing else does and a peer can name them. */
function labelsOf(pods: Part): readonly PodLabel[] | undefined {
  if (pods.at("matchExpressions").exists && !leavesOutWorkloads(pods)) return undefined;
  const podLabels = labelList(pods.at("matchLabels").labels());
  return takes(foreignLabels, podLabels) ? podLabels : undefined;
}

function someNamespaces(draft: Draft, part: Part): readonly Peer[] {
  draft.decisions.push(`access: ${part.place.file}:${part.place.line} selects namespaces by labels; name them`);
  return [];
}

/** None where it says more than their names. */
function namespacesOf(selector: Part): readonly string[] {
  const name = selector.at("matchLabels", NAMESPACE_NAME).text();
  if (name !== undefined) return [name];
  const named = selector
    .at("matchExpressions")
    .items()
    .find((one) => one.at("key").text() === NAMESPACE_NAME && one.at("operator").text() === "In");
  return named?.at("values").texts() ?? [];
}

export const declaredPorts = ({ spec }: Draft): readonly number[] =>
  ((spec["ports"] ?? []) as readonly { readonly port: number }[]).map(({ port }) => port);

/** What is exposed or scraped is open to the gateway or the monitoring stack without an entry. */
export function isImplied(draft: Draft, { gateway, monitoring }: Peer, port: number | undefined): boolean {
  const exposed = (draft.spec["expose"] ?? []) as readonly { readonly port: number }[];
  const scraped = (draft.spec["monitoring"] as { readonly port?: number } | undefined)?.port;
  const opened = (port === undefined ? declaredPorts(draft) : [port]).every((one) =>
    gateway === true ? exposed.some((entry) => entry.port === one) : one === scraped,
  );
  return (gateway === true || monitoring === true) && opened;
}
