import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import type { Enrolment } from "../crds/v1alpha1/enrolment.ts";
import { NETWORK_POLICY } from "../kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME, handoverName } from "../names.ts";
import { identityEgress } from "./cloud-identity.ts";
import { type ClusterFacts, child, type DnsFacts, type ExpandInput, selectorLabels } from "./input.ts";
import { internetPeers } from "./internet.ts";
import {
  addressPeer,
  callerRule,
  fromApiServer,
  namespacePeer,
  networkPeer,
  otherPodsPeer,
  podsPeer,
  toApiServer,
  workloadPeer,
} from "./peers.ts";
import { arePeers, podsNamed } from "./pod-peers.ts";
import { asksKubernetes } from "./rbac.ts";

type Access = NonNullable<ExpandInput["spec"]["access"]>;
type Inbound = NonNullable<Access["inbound"]>[number];
type Outbound = NonNullable<Access["outbound"]>[number];
type Rule = Readonly<Record<string, unknown>>;

/** Allows exactly the declared peers on the declared ports. Both directions are always named, so what is not declared is denied. */
export function buildNetworkPolicy(input: ExpandInput): KubeObject {
  const { workload, spec } = input;
  const ingress = [
    ...(spec.access?.inbound ?? []).flatMap((peer) => inboundRule(input, peer)),
    ...impliedInbound(input),
  ];
  const egress = [
    ...(spec.access?.outbound ?? []).flatMap((peer) => outboundRule(input, peer)),
    ...permissionsRule(input),
    ...identityEgress(input),
  ];
  return child(NETWORK_POLICY, workload, workload.name, {
    spec: {
      podSelector: { matchLabels: selectorLabels(workload) },
      policyTypes: ["Ingress", "Egress"],
      ...(ingress.length === 0 ? {} : { ingress }),
      ...(egress.length === 0 ? {} : { egress }),
    },
  });
}

/** The same policy under another name, for as long as somebody else's policy of the workload's name is handed over and still protects pods. */
export function buildHandoverPolicy(input: ExpandInput): KubeObject | undefined {
  if (input.isPolicyHandedOver !== true) return undefined;
  const policy = buildNetworkPolicy(input);
  return { ...policy, metadata: { ...policy.metadata, name: handoverName(input.workload.name) } };
}

/** Ingress that other fields imply: the gateway to exposed ports, the monitoring stack to the scraped one. */
function impliedInbound({ spec, platform, exposed = [] }: ExpandInput): readonly Rule[] {
  const tcp = (port: number) => ({ port, protocol: "TCP" as const });
  const ports = [...new Set(exposed.map(({ port }) => port))].map(tcp);
  return [
    ...(ports.length === 0 ? [] : callerRule(platform.gateway, ports)),
    ...(spec.monitoring === undefined ? [] : callerRule(platform.monitoring, [tcp(spec.monitoring.port)])),
  ];
}

/** Whether the workload must reach the Kubernetes API: it declares so, or has permissions that need it. */
export function reachesKubernetesApi(spec: ExpandInput["spec"]): boolean {
  return asksKubernetes(spec) || (spec.access?.outbound ?? []).some(({ kubernetesAPI }) => kubernetesAPI === true);
}

function inboundRule(input: ExpandInput, peer: Inbound): readonly Rule[] {
  const { spec, facts, platform } = input;
  const ports = (spec.ports ?? [])
    .filter(({ port }) => peer.port === undefined || port === peer.port)
    .map(({ port, protocol }) => ({ port, protocol }));
  if (peer.gateway === true) return callerRule(platform.gateway, ports);
  if (peer.monitoring === true) return callerRule(platform.monitoring, ports);
  if (peer.kubernetesAPI === true) return fromApiServer(facts.apiServer, ports);
  const from = peersOf(input, peer);
  return from.length === 0 ? [] : [{ from, ports }];
}

/** DNS names have no rule here, since peers are addresses: see `host-policies.ts`. */
function outboundRule(input: ExpandInput, peer: Outbound): readonly Rule[] {
  if (peer.kubernetesAPI === true) return toApiServer(input.facts.apiServer);
  if (peer.host !== undefined) return [];
  const { port, endPort, protocol } = peer;
  const to = peer.internet === true ? internetPeers(input) : peersOf(input, peer);
  if (to.length === 0) return [];
  return [{ to, ports: [{ port, ...(endPort === undefined ? {} : { endPort }), protocol }] }];
}

function permissionsRule({ spec, facts }: ExpandInput): readonly Rule[] {
  const alreadyDeclared = (spec.access?.outbound ?? []).some(({ kubernetesAPI }) => kubernetesAPI === true);
  return asksKubernetes(spec) && !alreadyDeclared ? toApiServer(facts.apiServer) : [];
}

function peersOf(input: ExpandInput, peer: Pick<Inbound, "workload" | "namespace" | "cidr" | "pods">): readonly Rule[] {
  const own = input.workload.namespace;
  if (peer.cidr !== undefined) return [networkPeer(peer.cidr)];
  if (peer.pods !== undefined) {
    const pods = podsNamed(peer.pods, own);
    return arePeers(pods, input) ? [otherPodsPeer(pods.namespace, pods.podLabels)] : [];
  }
  const namespace = peer.namespace ?? own;
  return [peer.workload === undefined ? namespacePeer(namespace) : workloadPeer(namespace, peer.workload)];
}

const DNS_PORTS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
] as const;

/** Empty on purpose, so that a pod cannot leave it by changing a label (DRIFT 22, 25). */
const EVERY_POD = {};
/** For namespaces where other pods run too and would be cut off. */
const OWN_PODS = { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] };

/** The default deny of a namespace: every pod, both directions, except to the cluster's DNS and its cache on the node. */
export function buildDefaultDeny(
  namespace: string,
  { dns, nodeLocalDns = [], nodeLocalDnsPods = [] }: Partial<ClusterFacts>,
  enrolment: Enrolment = "Sealed",
): KubeObject {
  const caches = [
    ...nodeLocalDns.map(addressPeer),
    ...nodeLocalDnsPods.map((pods) => podsPeer(pods.namespace, pods.podLabels)),
  ];
  const egress = [
    ...(dns === undefined ? [] : [{ to: dnsPeers(dns), ports: dns.ports }]),
    ...(caches.length === 0 ? [] : [{ to: caches, ports: DNS_PORTS }]),
  ];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: NETWORK_POLICY.kind,
    metadata: { name: DEFAULT_DENY_NAME, namespace, labels: { "app.kubernetes.io/managed-by": "palisade" } },
    spec: {
      podSelector: enrolment === "Observing" ? OWN_PODS : EVERY_POD,
      policyTypes: ["Ingress", "Egress"],
      ...(egress.length === 0 ? {} : { egress }),
    },
  };
}

const dnsPeers = ({ namespace, podLabels, addresses = [] }: DnsFacts): readonly Rule[] => [
  ...(podLabels === undefined ? [] : [podsPeer(namespace, podLabels)]),
  ...addresses.map(addressPeer),
];
