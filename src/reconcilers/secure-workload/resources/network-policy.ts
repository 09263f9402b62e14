import { WORKLOAD_LABEL } from "../../../crds/group.ts";
import { closedWithin } from "../../../crds/v1alpha1/access.ts";
import type { KubeObject } from "../../../kopf/object.ts";
import { child, type DnsFacts, type ExpandInput, selectorLabels } from "./input.ts";
import { NETWORK_POLICY } from "./kinds.ts";

type Access = NonNullable<ExpandInput["spec"]["access"]>;
type Inbound = NonNullable<Access["inbound"]>[number];
type Outbound = NonNullable<Access["outbound"]>[number];
type Rule = Readonly<Record<string, unknown>>;

/** Exactly the declared peers on exactly the declared ports; both directions are always named, so silence means closed. */
export function buildNetworkPolicy(input: ExpandInput): KubeObject {
  const { workload, spec } = input;
  const ingress = (spec.access?.inbound ?? []).map((peer) => inboundRule(input, peer));
  const egress = [
    ...(spec.access?.outbound ?? []).flatMap((peer) => outboundRule(input, peer)),
    ...permissionsRule(input),
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

/** Whether the workload must reach the Kubernetes API: it says so, or it holds permissions that are void without. */
export function reachesKubernetesApi(spec: ExpandInput["spec"]): boolean {
  return (
    (spec.permissions ?? []).length > 0 ||
    (spec.access?.outbound ?? []).some(({ kubernetesAPI }) => kubernetesAPI === true)
  );
}

function inboundRule({ workload, spec }: ExpandInput, peer: Inbound): Rule {
  const declared = (spec.ports ?? []).filter(({ port }) => peer.port === undefined || port === peer.port);
  return {
    from: [peerOf(workload.namespace, peer)],
    ports: declared.map(({ port, protocol }) => ({ port, protocol })),
  };
}

function outboundRule({ workload, facts }: ExpandInput, peer: Outbound): readonly Rule[] {
  if (peer.kubernetesAPI === true) return apiServerRule(facts.apiServer);
  return [{ to: [peerOf(workload.namespace, peer)], ports: [{ port: peer.port, protocol: peer.protocol }] }];
}

function permissionsRule({ spec, facts }: ExpandInput): readonly Rule[] {
  const alreadyDeclared = (spec.access?.outbound ?? []).some(({ kubernetesAPI }) => kubernetesAPI === true);
  return (spec.permissions ?? []).length > 0 && !alreadyDeclared ? apiServerRule(facts.apiServer) : [];
}

/** No rule while the address is not known: the way stays closed, and the status says what it waits for. */
function apiServerRule(apiServer: ExpandInput["facts"]["apiServer"]): readonly Rule[] {
  return (apiServer ?? []).map(({ ip, port }) => ({
    to: [{ ipBlock: { cidr: hostBlock(ip) } }],
    ports: [{ port, protocol: "TCP" }],
  }));
}

const hostBlock = (ip: string): string => (ip.includes(":") ? `${ip}/128` : `${ip}/32`);

/** Namespaces are chosen by the one label the API server itself keeps true (KEP-2161), never by one that a person can set. */
function peerOf(ownNamespace: string, peer: Pick<Inbound, "workload" | "namespace" | "cidr">): Rule {
  if (peer.cidr !== undefined) {
    const except = closedWithin(peer.cidr);
    return { ipBlock: { cidr: peer.cidr, ...(except.length === 0 ? {} : { except }) } };
  }
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace ?? ownNamespace } },
    podSelector: { matchLabels: { [WORKLOAD_LABEL]: peer.workload } },
  };
}

export const DEFAULT_DENY_NAME = "palisade-default-deny";

/**
 * The namespace's floor: every pod, both directions, closed but for the cluster's own DNS.
 * The selector is empty on purpose, so that a pod cannot leave it by changing a label (DRIFT 22, 25).
 */
export function buildDefaultDeny(namespace: string, dns: DnsFacts | undefined): KubeObject {
  const egress =
    dns === undefined
      ? {}
      : {
          egress: [
            {
              to: [
                {
                  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": dns.namespace } },
                  podSelector: { matchLabels: dns.podLabels },
                },
              ],
              ports: dns.ports,
            },
          ],
        };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: NETWORK_POLICY.kind,
    metadata: { name: DEFAULT_DENY_NAME, namespace, labels: { "app.kubernetes.io/managed-by": "palisade" } },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...egress },
  };
}
