/** Who may reach a workload and whom it may reach: what is declared, and what became of it. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "kopf-ts";
import type { PodPeer } from "../../crds/v1alpha1/pod-peers.ts";
import type { SecureWorkloadSpec, SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import { CHILD_KINDS } from "../../expand/child-kinds.ts";
import { type Exposed, urlsOf } from "../../expand/exposure.ts";
import { HOST_NAME_ENGINES } from "../../expand/host-policies.ts";
import { otherPodsPeer } from "../../expand/peers.ts";
import { podsNamed, sayPods } from "../../expand/pod-peers.ts";
import type { Page, Way } from "./model.ts";
import { conditionOf, type Reading, specOf, statusOf } from "./reading.ts";
import { isSeen } from "./troubles.ts";

type Access = NonNullable<SecureWorkloadSpec["access"]>;
type Inbound = NonNullable<Access["inbound"]>[number];
type Outbound = NonNullable<Access["outbound"]>[number];
type Half = NonNullable<SecureWorkloadStatus["access"]>[number];

type Seen = Pick<Reading, "workload" | "children">;

export const accessOf = (seen: Seen): Page["access"] => ({
  ways: [
    ...(specOf(seen.workload).access?.inbound ?? []).map((peer) => inboundWay(peer, seen)),
    ...(specOf(seen.workload).access?.outbound ?? []).map((peer) => outboundWay(peer, seen)),
    ...(statusOf(seen.workload).access ?? []).filter(({ missing }) => missing === "ours").map(undeclaredWay),
  ],
  exposed: exposedOf(seen.workload),
});

/** Connections that this workload declares and the other side does not. */
export const missingHalves = (workload: KubeObject): readonly Half[] =>
  (statusOf(workload).access ?? []).filter(({ missing }) => missing !== "ours");

function inboundWay(peer: Inbound, seen: Seen): Way {
  const port = peer.port === undefined ? {} : { port: String(peer.port) };
  return { direction: "inbound", peer: nameOf(peer, seen.workload), ...port, ...inboundState(peer, seen) };
}

function outboundWay(peer: Outbound, seen: Seen): Way {
  const last = peer.endPort === undefined ? "" : `-${peer.endPort}`;
  const port = peer.port === undefined ? {} : { port: `${peer.port}${last}/${peer.protocol}` };
  return { direction: "outbound", peer: nameOf(peer, seen.workload), ...port, ...outboundState(peer, seen) };
}

type State = Pick<Way, "state" | "note">;

function inboundState(peer: Inbound, seen: Seen): State {
  const { workload } = seen;
  if (peer.workload !== undefined) return agreement("inbound", peer, workload);
  if (peer.namespace !== undefined) return { state: "offered" };
  if (peer.pods !== undefined) return podsState(peer.pods, seen);
  if (peer.gateway === true) return unlessReason("GatewayUnknown", workload);
  if (peer.monitoring === true) return unlessReason("MonitoringUnknown", workload);
  return peer.kubernetesAPI === true ? unlessReason("KubernetesAPIUnknown", workload) : { state: "open" };
}

function outboundState(peer: Outbound, seen: Seen): State {
  if (peer.workload !== undefined) return agreement("outbound", peer, seen.workload);
  if (peer.namespace !== undefined) return { state: "offered" };
  if (peer.pods !== undefined) return podsState(peer.pods, seen);
  if (peer.host !== undefined) return hostState(seen);
  if (peer.internet === true) return internetState(seen);
  return peer.kubernetesAPI === true ? unlessReason("KubernetesAPIUnknown", seen.workload) : { state: "open" };
}

interface WorkloadPeer {
  readonly workload?: string | undefined;
  readonly namespace?: string | undefined;
  readonly port?: number | undefined;
  readonly pods?: PodPeer | undefined;
}

/** What of a peer is no workload's name is read by its field: each direction has others. */
type Peer = WorkloadPeer & Readonly<Record<string, unknown>>;

function nameOf(peer: Peer, { metadata }: KubeObject): string {
  if (peer.workload !== undefined) return peerKey(peer, metadata.namespace);
  if (peer.namespace !== undefined) return `namespace ${peer.namespace}`;
  if (peer.pods !== undefined) return `pods ${sayPods(podsNamed(peer.pods, metadata.namespace ?? ""))}`;
  const named = peer["cidr"] ?? peer["host"];
  if (typeof named === "string") return named;
  return WORDS.find(([field]) => peer[field] === true)?.[1] ?? "unknown";
}

const WORDS = [
  ["gateway", "the ingress gateway"],
  ["monitoring", "monitoring"],
  ["kubernetesAPI", "the Kubernetes API"],
  ["internet", "the internet"],
] as const;

const peerKey = ({ workload, namespace }: WorkloadPeer, own: string | undefined): string =>
  `${namespace ?? own}/${workload}`;

/** A list that was cut says nothing of the peers that are not on it. */
function agreement(direction: Way["direction"], peer: WorkloadPeer, workload: KubeObject): State {
  const { access = [], truncated = [] } = statusOf(workload);
  const key = peerKey(peer, workload.metadata.namespace);
  const half = access.find((one) => one.missing !== "ours" && one.direction === direction && isOf(one, key, peer.port));
  if (half !== undefined) return { state: "missing", note: NOTES[half.missing] };
  const isWhole = !truncated.some(({ field }) => field === "access");
  const isJudged = isSeen(workload) && isWhole && conditionOf(workload, "AccessAgreed") !== undefined;
  return { state: isJudged ? "agreed" : "unknown" };
}

const isOf = (half: Half, peer: string, port: number | undefined): boolean =>
  half.peer === peer && (half.port === undefined || port === undefined || half.port === port);

const NOTES: Readonly<Record<Half["missing"], string>> = {
  theirs: "the peer does not declare its side",
  ours: "the peer declares it, this workload does not",
  absent: "there is no such SecureWorkload",
};

function undeclaredWay({ direction, peer, port, protocol = "TCP" }: Half): Way {
  const at = port === undefined ? {} : { port: `${port}/${protocol}` };
  return { direction, peer, ...at, state: "undeclared", note: NOTES.ours };
}

/** Reasons of the pods: Ready has one of them only where nothing else is the matter. */
const OF_PODS: ReadonlySet<string> = new Set([
  "Progressing",
  "RolloutStalled",
  "PodsRefused",
  "ClaimsGrowing",
  "RunFailed",
]);

/** Ready has the worst problem as its reason, and the others in its message. One that says neither proves nothing while something else is the matter. */
function unlessReason(reason: string, workload: KubeObject): State {
  const { conditions = [] } = statusOf(workload);
  const isNamed = conditions.some((one) => one.reason === reason || one.message.includes(`${reason}: `));
  if (isNamed) return { state: "closed", note: reason };
  if (!isSeen(workload)) return { state: "unknown", note: "Palisade has not reported on this spec yet" };
  const ready = conditionOf(workload, "Ready");
  if (ready?.status === "True" || OF_PODS.has(ready?.reason ?? "")) return { state: "open" };
  return { state: "unknown", note: `Ready says ${ready?.reason ?? "nothing"} first, which may hide ${reason}` };
}

const HOST_POLICIES = CHILD_KINDS.filter((kind) =>
  HOST_NAME_ENGINES.some(({ resource }) => resource === kind.resource),
);

/** The policy of the network plugin is what opens names: without one, nothing does. */
function hostState({ workload, children }: Seen): State {
  const { children: named = [] } = statusOf(workload);
  const { name } = workload.metadata;
  const policy = HOST_POLICIES.map(({ resource, nameFor }) => `${resource.kind}/${nameFor(name)}`).find((child) =>
    named.includes(child),
  );
  if (policy === undefined) return { state: "closed", note: "no network plugin of this cluster enforces host names" };
  if (!children.has(policy)) return { state: "unknown", note: `${policy} could not be read` };
  return children.get(policy) === undefined ? { state: "closed", note: `${policy} is missing` } : { state: "open" };
}

interface PolicyPeer {
  readonly ipBlock?: { readonly cidr?: string };
}

interface NetworkPolicySpec {
  readonly ingress?: readonly { readonly from?: readonly PolicyPeer[] }[];
  readonly egress?: readonly { readonly to?: readonly PolicyPeer[] }[];
}

/** As the policy of the workload opens it. */
const EVERYWHERE = "0.0.0.0/0";

const internetState = (seen: Seen): State =>
  policyState(seen, ({ ipBlock }) => ipBlock?.cidr === EVERYWHERE, "the platform team does not grant the internet");

function podsState(named: PodPeer, seen: Seen): State {
  const { namespace, podLabels } = podsNamed(named, seen.workload.metadata.namespace ?? "");
  const wanted = otherPodsPeer(namespace, podLabels);
  return policyState(seen, (peer) => isDeepStrictEqual(peer, wanted), "the platform team does not grant these pods");
}

/** Whether the workload's NetworkPolicy has a peer like that, in either direction. */
function policyState({ workload, children }: Seen, isWanted: (peer: PolicyPeer) => boolean, closed: string): State {
  const child = `NetworkPolicy/${workload.metadata.name}`;
  if (!children.has(child)) return { state: "unknown", note: `${child} could not be read` };
  const { ingress = [], egress = [] } = (children.get(child)?.["spec"] ?? {}) as NetworkPolicySpec;
  const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
  return peers.some(isWanted) ? { state: "open" } : { state: "closed", note: closed };
}

function exposedOf(workload: KubeObject): Page["access"]["exposed"] {
  const open = statusOf(workload).urls ?? [];
  const isGranted = (entry: Exposed): boolean => urlsOf([entry]).every((url) => open.includes(url));
  return (specOf(workload).expose ?? []).map((entry) => ({
    host: entry.host,
    path: entry.path,
    isGranted: isGranted(entry),
  }));
}
