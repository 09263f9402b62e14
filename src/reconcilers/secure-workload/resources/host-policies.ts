/**
 * Egress to DNS names. NetworkPolicy knows addresses alone, so the names become a policy of the network plugin that is there: one
 * of these, or none. Each adds to the workload's NetworkPolicy and stands on its own: where the plugin does not act on it, the way
 * stays closed.
 */
import { WORKLOAD_LABEL } from "../../../crds/group.ts";
import { CLOSED_NETWORKS, hostNetwork, networksWithin } from "../../../crds/v1alpha1/networks.ts";
import type { KubeObject } from "../../../kopf/object.ts";
import type { Resource } from "../../../kopf/resource.ts";
import { child, type ExpandInput, type HostNameEngine, selectorLabels } from "./input.ts";
import { CALICO_NETWORK_POLICY, CILIUM_NETWORK_POLICY, FQDN_NETWORK_POLICY } from "./kinds.ts";

interface HostNeed {
  readonly host: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

type Rule = Readonly<Record<string, unknown>>;

/**
 * In the order in which one is chosen where several are served. GKE runs Cilium underneath, and does not act on its policies;
 * Cilium before Calico, since a cluster that moves from one to the other moves that way.
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

/** What must be built by `engine` and by no other. */
function needsFor(engine: HostNameEngine, { spec, facts }: ExpandInput): readonly HostNeed[] {
  return facts.hostNames === engine ? hostNeeds(spec) : [];
}

const isPattern = (host: string): boolean => host.startsWith("*.");

/** GKE Dataplane V2: `networking.gke.io/v1alpha1`. Its rules add to those of NetworkPolicies; it watches DNS by itself. */
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
 * Cilium: `cilium.io/v2`. It learns addresses from the answers its DNS proxy sees, so the way to the cluster's DNS leads through it.
 * Denials go before allowances: a name that somebody points at a metadata address opens nothing.
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
  const podLabels = Object.entries(dns.podLabels).map(([key, value]) => [`k8s:${key}`, value] as const);
  return [
    {
      toEndpoints: [
        { matchLabels: { "k8s:io.kubernetes.pod.namespace": dns.namespace, ...Object.fromEntries(podLabels) } },
      ],
      toPorts: [
        {
          ports: dns.ports.map(({ port, protocol }) => ({ port: String(port), protocol })),
          rules: { dns: [{ matchPattern: "*" }] },
        },
      ],
    },
  ];
}

/** The closed networks, but for the DNS cache on the node, which may answer inside one of them. */
function closedNetworks({ facts }: ExpandInput): readonly Rule[] {
  const cache = (facts.nodeLocalDns ?? []).map(hostNetwork);
  return CLOSED_NETWORKS.map((cidr) => {
    const except = networksWithin(cidr, cache);
    return { cidr, ...(except.length === 0 ? {} : { except }) };
  });
}

/** Before NetworkPolicies, which Calico takes at 1000. */
const CALICO_ORDER = 900;
const CALICO_TIER = "default";

/** A policy in a tier is called after it. */
export const calicoName = (workloadName: string): string => `${CALICO_TIER}.${workloadName}`;

/** Calico Enterprise and Calico Cloud: `projectcalico.org/v3` with domains. Rules are taken in order, so the denials stand first. */
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
  // Calico puts it there by itself.
  const labels = { ...policy.metadata.labels, "projectcalico.org/tier": CALICO_TIER };
  return { ...policy, metadata: { ...policy.metadata, labels } };
}

/** One rule speaks of one IP version. */
function calicoDenials({ facts }: ExpandInput): readonly Rule[] {
  const cache = (facts.nodeLocalDns ?? []).map(hostNetwork);
  return [":", "."].map((mark) => {
    const nets = CLOSED_NETWORKS.filter((cidr) => cidr.includes(mark));
    const notNets = nets.flatMap((cidr) => networksWithin(cidr, cache));
    return { action: "Deny", destination: { nets, ...(notNets.length === 0 ? {} : { notNets }) } };
  });
}
