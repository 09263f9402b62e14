/**
 * Egress to DNS names. NetworkPolicy has only addresses, so names become a policy of the installed network plugin: one of these, or
 * none. It adds to the workload's NetworkPolicy: where the plugin ignores it, egress stays denied.
 */
import type { KubeObject, Resource } from "kopf-ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { CLOSED_NETWORKS, hostNetwork, networksWithin } from "../crds/v1alpha1/networks.ts";
import { CALICO_NETWORK_POLICY, CILIUM_NETWORK_POLICY, FQDN_NETWORK_POLICY } from "../kubernetes/kinds.ts";
import { CALICO_TIER, calicoName } from "../names.ts";
import { child, type ExpandInput, type HostNameEngine, selectorLabels } from "./input.ts";

interface HostNeed {
  readonly host: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

type Rule = Readonly<Record<string, unknown>>;

/**
 * In order of preference where a cluster serves several. GKE runs Cilium but ignores its policies; Cilium comes before Calico,
 * since clusters migrate from Calico to Cilium.
 */
export const HOST_NAME_ENGINES: readonly { readonly engine: HostNameEngine; readonly resource: Resource }[] = [
  { engine: "GKE", resource: FQDN_NETWORK_POLICY },
  { engine: "Cilium", resource: CILIUM_NETWORK_POLICY },
  { engine: "Calico", resource: CALICO_NETWORK_POLICY },
];

/** The names a workload needs. */
export function hostNeeds(spec: ExpandInput["spec"]): readonly HostNeed[] {
  return (spec.access?.outbound ?? []).flatMap(({ host, port, protocol }) =>
    host === undefined || port === undefined || protocol === "SCTP" ? [] : [{ host, port, protocol }],
  );
}

/** The names that `engine` enforces here; none unless it is the chosen engine. */
function needsFor(engine: HostNameEngine, { spec, facts }: ExpandInput): readonly HostNeed[] {
  return facts.hostNames === engine ? hostNeeds(spec) : [];
}

const isPattern = (host: string): boolean => host.startsWith("*.");

/** GKE Dataplane V2: `networking.gke.io/v1alpha1`. Its rules add to those of NetworkPolicies; it observes DNS itself. */
export function buildFqdnNetworkPolicy(input: ExpandInput): KubeObject | undefined {
  const needs = needsFor("GKE", input);
  if (needs.length === 0) return undefined;
  const { workload } = input;
  return child(FQDN_NETWORK_POLICY, workload, workload.name, {
    spec: {
      podSelector: { matchLabels: selectorLabels(workload) },
      egress: needs.map(({ host, port, protocol }) => ({
        matches: [isPattern(host) ? { pattern: host } : { name: host }],
        ports: [{ protocol, port }],
      })),
    },
  });
}

/**
 * Cilium: `cilium.io/v2`. It learns addresses from answers that its DNS proxy sees, so DNS traffic must pass through the proxy.
 * Denials take precedence: a name that somebody points at a metadata address opens nothing.
 */
export function buildCiliumNetworkPolicy(input: ExpandInput): KubeObject | undefined {
  const needs = needsFor("Cilium", input);
  if (needs.length === 0) return undefined;
  const { workload, facts } = input;
  return child(CILIUM_NETWORK_POLICY, workload, workload.name, {
    spec: {
      endpointSelector: { matchLabels: { [`k8s:${WORKLOAD_LABEL}`]: workload.name } },
      egress: [
        ...ciliumDnsRule(facts.dns),
        ...needs.map(({ host, port, protocol }) => ({
          toFQDNs: [isPattern(host) ? { matchPattern: host } : { matchName: host }],
          toPorts: [{ ports: [{ port: String(port), protocol }] }],
        })),
      ],
      egressDeny: [{ toCIDRSet: closedNetworks(input) }],
    },
  });
}

function ciliumDnsRule(dns: ExpandInput["facts"]["dns"]): readonly Rule[] {
  if (dns === undefined) return [];
  const toPorts = [
    {
      ports: dns.ports.map(({ port, protocol }) => ({ port: String(port), protocol })),
      rules: { dns: [{ matchPattern: "*" }] },
    },
  ];
  const { namespace, podLabels, addresses = [] } = dns;
  const labels = Object.entries(podLabels ?? {}).map(([key, value]) => [`k8s:${key}`, value] as const);
  const matchLabels = { "k8s:io.kubernetes.pod.namespace": namespace, ...Object.fromEntries(labels) };
  return [
    ...(podLabels === undefined ? [] : [{ toEndpoints: [{ matchLabels }], toPorts }]),
    ...(addresses.length === 0 ? [] : [{ toCIDR: addresses.map(hostNetwork), toPorts }]),
  ];
}

/** The closed networks, except the DNS cache on the node, whose address may be inside one of them. */
function closedNetworks({ facts }: ExpandInput): readonly Rule[] {
  const cache = (facts.nodeLocalDns ?? []).map(hostNetwork);
  return CLOSED_NETWORKS.map((cidr) => {
    const except = networksWithin(cidr, cache);
    return { cidr, ...(except.length === 0 ? {} : { except }) };
  });
}

/** Before NetworkPolicies, which Calico evaluates at order 1000. */
const CALICO_ORDER = 900;

/** Calico Enterprise and Calico Cloud: `projectcalico.org/v3` with domains. Calico evaluates rules in order, so denials come first. */
export function buildCalicoNetworkPolicy(input: ExpandInput): KubeObject | undefined {
  const needs = needsFor("Calico", input);
  if (needs.length === 0) return undefined;
  const { workload } = input;
  const policy = child(CALICO_NETWORK_POLICY, workload, calicoName(workload.name), {
    spec: {
      tier: CALICO_TIER,
      order: CALICO_ORDER,
      selector: `${WORKLOAD_LABEL} == '${workload.name}'`,
      types: ["Egress"],
      egress: [
        ...calicoDenials(input),
        ...needs.map(({ host, port, protocol }) => ({
          action: "Allow",
          protocol,
          destination: { domains: [host], ports: [port] },
        })),
      ],
    },
  });
  // Calico adds this label itself.
  const labels = { ...policy.metadata.labels, "projectcalico.org/tier": CALICO_TIER };
  return { ...policy, metadata: { ...policy.metadata, labels } };
}

/** A rule holds addresses of one IP version. */
function calicoDenials({ facts }: ExpandInput): readonly Rule[] {
  const cache = (facts.nodeLocalDns ?? []).map(hostNetwork);
  return [":", "."].map((mark) => {
    const nets = CLOSED_NETWORKS.filter((cidr) => cidr.includes(mark));
    const notNets = nets.flatMap((cidr) => networksWithin(cidr, cache));
    return { action: "Deny", destination: { nets, ...(notNets.length === 0 ? {} : { notNets }) } };
  });
}
