import { WORKLOAD_LABEL } from "../../../crds/group.ts";
import type { Enrolment } from "../../../crds/v1alpha1/enrolment.ts";
import type { KubeObject } from "../../../kopf/object.ts";
import { identityEgress } from "./cloud-identity.ts";
import { child, type DnsFacts, type ExpandInput, selectorLabels } from "./input.ts";
import { NETWORK_POLICY } from "./kinds.ts";
import {
  addressPeer,
  callerRule,
  fromApiServer,
  namespacePeer,
  networkPeer,
  podsPeer,
  toApiServer,
  workloadPeer,
} from "./peers.ts";

type Access = NonNullable<ExpandInput["spec"]["access"]>;
type Inbound = NonNullable<Access["inbound"]>[number];
type Outbound = NonNullable<Access["outbound"]>[number];
type Rule = Readonly<Record<string, unknown>>;

/** Exactly the declared peers on exactly the declared ports; both directions are always named, so silence means closed. */
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

/** Who must come in for what else is declared: the gateway to what is exposed, the monitoring stack to what is scraped. */
function impliedInbound({ spec, platform, exposed = [] }: ExpandInput): readonly Rule[] {
  const tcp = (port: number) => ({ port, protocol: "TCP" as const });
  const ports = [...new Set(exposed.map(({ port }) => port))].map(tcp);
  return [
    ...(ports.length === 0 ? [] : callerRule(platform.gateway, ports)),
    ...(spec.monitoring === undefined ? [] : callerRule(platform.monitoring, [tcp(spec.monitoring.port)])),
  ];
}

/** Whether the workload must reach the Kubernetes API: it says so, or it holds permissions that are void without. */
export function reachesKubernetesApi(spec: ExpandInput["spec"]): boolean {
  return (
    (spec.permissions ?? []).length > 0 ||
    (spec.access?.outbound ?? []).some(({ kubernetesAPI }) => kubernetesAPI === true)
  );
}

function inboundRule({ workload, spec, facts, platform }: ExpandInput, peer: Inbound): readonly Rule[] {
  const ports = (spec.ports ?? [])
    .filter(({ port }) => peer.port === undefined || port === peer.port)
    .map(({ port, protocol }) => ({ port, protocol }));
  if (peer.gateway === true) return callerRule(platform.gateway, ports);
  if (peer.monitoring === true) return callerRule(platform.monitoring, ports);
  if (peer.kubernetesAPI === true) return fromApiServer(facts.apiServer, ports);
  return [{ from: [peerOf(workload.namespace, peer)], ports }];
}

/** A name is no rule of this policy, whose peers are addresses: see the policies of the plugins that enforce names. */
function outboundRule({ workload, facts }: ExpandInput, peer: Outbound): readonly Rule[] {
  if (peer.kubernetesAPI === true) return toApiServer(facts.apiServer);
  if (peer.host !== undefined) return [];
  const { port, endPort, protocol } = peer;
  return [
    {
      to: [peerOf(workload.namespace, peer)],
      ports: [{ port, ...(endPort === undefined ? {} : { endPort }), protocol }],
    },
  ];
}

function permissionsRule({ spec, facts }: ExpandInput): readonly Rule[] {
  const alreadyDeclared = (spec.access?.outbound ?? []).some(({ kubernetesAPI }) => kubernetesAPI === true);
  return (spec.permissions ?? []).length > 0 && !alreadyDeclared ? toApiServer(facts.apiServer) : [];
}

function peerOf(ownNamespace: string, peer: Pick<Inbound, "workload" | "namespace" | "cidr">): Rule {
  if (peer.cidr !== undefined) return networkPeer(peer.cidr);
  const namespace = peer.namespace ?? ownNamespace;
  return peer.workload === undefined ? namespacePeer(namespace) : workloadPeer(namespace, peer.workload);
}

export const DEFAULT_DENY_NAME = "palisade-default-deny";

const DNS_PORTS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
] as const;

/** Empty on purpose, so that a pod cannot leave it by changing a label (DRIFT 22, 25). */
const EVERY_POD = {};
/** Where others run too, and would be cut off. */
const OWN_PODS = { matchExpressions: [{ key: WORKLOAD_LABEL, operator: "Exists" }] };

/** The namespace's floor: every pod, both directions, closed but for the cluster's own DNS, and its cache on the node. */
export function buildDefaultDeny(
  namespace: string,
  dns: DnsFacts | undefined,
  nodeLocalDns: readonly string[] = [],
  enrolment: Enrolment = "Sealed",
): KubeObject {
  const egress = [
    ...(dns === undefined ? [] : [{ to: [podsPeer(dns.namespace, dns.podLabels)], ports: dns.ports }]),
    ...(nodeLocalDns.length === 0 ? [] : [{ to: nodeLocalDns.map(addressPeer), ports: DNS_PORTS }]),
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
