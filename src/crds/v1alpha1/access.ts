import { z } from "zod";
import { type CelRule, listAtomic, withRules } from "../schema.ts";
import { dnsName } from "./dns-names.ts";
import { labelName, portNumber, protocol } from "./names.ts";
import { inboundNearMisses, peerNearMisses } from "./near-misses.ts";
import { network } from "./networks.ts";
import { podPeer } from "./pod-peers.ts";

const workload = labelName(
  "Name of a SecureWorkload; selects only its pods. There is no pod selector, because it could match other pods.",
);
const namespace = (what: string) =>
  labelName(
    `With workload: that workload's namespace, this one by default. Alone: ${what}. Never selects pods that belong to no workload.`,
  );
const pods = podPeer("Namespace of the pods, this one by default.").optional();
const only = (description: string) => z.literal(true).optional().meta({ description });

type Peer = Readonly<Record<string, unknown>>;

/** How many kinds of peer an entry names; workload and namespace together are one. */
const kindsIn = (peer: Peer, others: readonly string[]): number =>
  [peer["workload"] ?? peer["namespace"], ...others.map((field) => peer[field])].filter((value) => value !== undefined)
    .length;

const exactlyOne = (direction: string, others: readonly string[]) => ({
  rule: `[has(self.workload) || has(self.namespace), ${others.map((field) => `has(self.${field})`).join(", ")}].filter(x, x).size() == 1`,
  message: `an access.${direction} entry needs exactly one of workload, namespace, ${others.slice(0, -1).join(", ")} and ${others.at(-1)}, where workload and namespace count as one: keep one`,
  holds: (peer: Peer) => kindsIn(peer, others) === 1,
});

const inboundPeer = withRules(
  z.strictObject({
    workload: workload.optional(),
    namespace: namespace("every workload of that namespace").optional(),
    gateway: only("The platform's ingress gateway, whose pods the SecurityBaseline names. Only true is allowed."),
    monitoring: only("The platform's monitoring stack, whose pods the SecurityBaseline names. Only true is allowed."),
    kubernetesAPI: only(
      "The API server, which calls webhooks and aggregated APIs. Only true is allowed. Opens its addresses, not the pods beside it.",
    ),
    cidr: network.optional(),
    pods: pods.meta({
      description:
        "Pods that belong to no workload yet. They are let in while this workload's namespace is Observing, and after that where the platform team grants them.",
    }),
    port: portNumber("Opens only this declared port; all declared ports by default.").optional(),
    ...inboundNearMisses,
  }),
  exactlyOne("inbound", ["gateway", "monitoring", "kubernetesAPI", "cidr", "pods"]),
);

const outboundPeer = withRules(
  z.strictObject({
    workload: workload.optional(),
    namespace: namespace("every workload of that namespace that lets this one in").optional(),
    cidr: network.optional(),
    host: dnsName.optional(),
    pods: pods.meta({
      description:
        "Pods that belong to no workload yet. They are reached while this workload's namespace is Observing, and after that where the platform team grants them.",
    }),
    internet: only(
      "Every address but private and link-local ones, those of metadata services and of this cluster. Only true is allowed. The platform team must grant it to the namespace; where a name is enough, host is narrower.",
    ),
    kubernetesAPI: only(
      "The Kubernetes API of this cluster. Only true is allowed. Declared permissions open it automatically.",
    ),
    port: portNumber("Port of the destination. Required, except with kubernetesAPI.").optional(),
    endPort: portNumber("Last port of a range that begins at port; only with cidr.").optional(),
    protocol,
    ...peerNearMisses,
  }),
  exactlyOne("outbound", ["cidr", "host", "pods", "internet", "kubernetesAPI"]),
  {
    rule: "has(self.kubernetesAPI) != has(self.port)",
    message: "access.outbound.port is required, except with kubernetesAPI, where it is not allowed: add or remove it",
    holds: (peer) => (peer.kubernetesAPI !== undefined) !== (peer.port !== undefined),
  },
  {
    rule: "!has(self.endPort) || (has(self.cidr) && has(self.port) && self.endPort > self.port)",
    message: "access.outbound.endPort is allowed only with cidr and must be above port: otherwise list each port",
    holds: ({ endPort, cidr, port }) =>
      endPort === undefined || (cidr !== undefined && port !== undefined && endPort > port),
  },
  {
    rule: "!has(self.host) || self.protocol != 'SCTP'",
    message: "access.outbound.protocol must be TCP or UDP with host: no network plugin enforces names for SCTP",
    holds: ({ host, protocol: transport }) => host === undefined || transport !== "SCTP",
  },
  {
    rule: "!has(self.kubernetesAPI) || self.protocol == 'TCP'",
    message: "access.outbound.protocol must be TCP with kubernetesAPI: remove it",
    holds: ({ kubernetesAPI, protocol: transport }) => kubernetesAPI === undefined || transport === "TCP",
  },
);

export const access = z.strictObject({
  inbound: listAtomic(
    inboundPeer.meta({
      description:
        "One peer that may connect: a workload, every workload of a namespace, the platform's gateway or monitoring, the API server, a network, or pods that are no workload's yet. A workload must also declare this one in its access.outbound.",
    }),
    { max: 64 },
  )
    .optional()
    .meta({
      description:
        "Peers that may connect to the declared ports. None by default, not even workloads of the same namespace.",
    }),
  outbound: listAtomic(
    outboundPeer.meta({
      description:
        "One destination: a workload, every workload of a namespace, a network, a DNS name, pods that are no workload's yet, the internet, or the Kubernetes API. A workload must also allow this one in its access.inbound.",
    }),
    { max: 64 },
  )
    .optional()
    .meta({ description: "Destinations of the workload. None by default, except the cluster's DNS." }),
});

interface WithAccess {
  readonly ports?: readonly { readonly port: number }[] | undefined;
  readonly access?: { readonly inbound?: readonly { readonly port?: number | undefined }[] | undefined } | undefined;
}

/** What access asks of the rest of the spec. */
export const accessRules: readonly CelRule<WithAccess>[] = [
  {
    rule: "!has(self.access) || !has(self.access.inbound) || self.access.inbound.size() == 0 || (has(self.ports) && self.ports.size() > 0)",
    message: "access.inbound needs a port to connect to: declare it under ports",
    holds: ({ access: declared, ports: open }) => (declared?.inbound ?? []).length === 0 || (open ?? []).length > 0,
  },
  {
    rule: "!has(self.access) || !has(self.access.inbound) || self.access.inbound.all(p, !has(p.port) || (has(self.ports) && self.ports.exists(q, q.port == p.port)))",
    message:
      "access.inbound.port must be one of the declared ports, the container's and not the Service's: write ports.port, or declare it under ports",
    holds: ({ access: declared, ports: open }) =>
      (declared?.inbound ?? []).every(
        ({ port }) => port === undefined || (open ?? []).some((candidate) => candidate.port === port),
      ),
  },
];
