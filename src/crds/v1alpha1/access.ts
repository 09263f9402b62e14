import { z } from "zod";
import { type CelRule, listAtomic, withRules } from "../schema.ts";
import { dnsName } from "./dns-names.ts";
import { labelName, portNumber, protocol } from "./names.ts";
import { network } from "./networks.ts";

const workload = labelName(
  "Name of a SecureWorkload: its pods are meant, and no others. There is no pod selector, which other pods could come to match.",
);
const namespace = (what: string) =>
  labelName(
    `With workload: the namespace of that workload, this one unless set. Alone: ${what}. Pods that are no workload's are never meant.`,
  );
const only = (description: string) => z.literal(true).optional().meta({ description });

type Peer = Readonly<Record<string, unknown>>;

/** How many kinds of peer an entry names; workload and namespace together are one. */
const kindsIn = (peer: Peer, others: readonly string[]): number =>
  [peer["workload"] ?? peer["namespace"], ...others.map((field) => peer[field])].filter((value) => value !== undefined)
    .length;

const exactlyOne = (direction: string, others: readonly string[]) => ({
  rule: `[has(self.workload) || has(self.namespace), ${others.map((field) => `has(self.${field})`).join(", ")}].filter(x, x).size() == 1`,
  message: `an access.${direction} entry needs exactly one of workload, namespace, ${others.slice(0, -1).join(", ")} and ${others.at(-1)}, where workload and namespace may stand together: keep the one that is meant`,
  holds: (peer: Peer) => kindsIn(peer, others) === 1,
});

const inboundPeer = withRules(
  z.strictObject({
    workload: workload.optional(),
    namespace: namespace("every workload of that namespace").optional(),
    gateway: only(
      "The ingress gateway of the platform, as the SecurityBaseline names its pods; only true may be written.",
    ),
    monitoring: only(
      "The monitoring stack of the platform, as the SecurityBaseline names its pods; only true may be written.",
    ),
    kubernetesAPI: only(
      "The API server itself, which calls webhooks and aggregated APIs; only true may be written. Its own addresses are meant, not the pods beside it.",
    ),
    cidr: network.optional(),
    port: portNumber("Only this one of the declared ports. All declared ports unless set.").optional(),
  }),
  exactlyOne("inbound", ["gateway", "monitoring", "kubernetesAPI", "cidr"]),
);

const outboundPeer = withRules(
  z.strictObject({
    workload: workload.optional(),
    namespace: namespace("every workload of that namespace that lets this one in").optional(),
    cidr: network.optional(),
    host: dnsName.optional(),
    kubernetesAPI: only(
      "The Kubernetes API of this cluster; only true may be written. Declared permissions open it by themselves.",
    ),
    port: portNumber(
      "Number of the port to reach there. Needed with everything but kubernetesAPI, where it is known by itself.",
    ).optional(),
    endPort: portNumber("The last port of a range that begins at port; with cidr alone.").optional(),
    protocol,
  }),
  exactlyOne("outbound", ["cidr", "host", "kubernetesAPI"]),
  {
    rule: "has(self.kubernetesAPI) != has(self.port)",
    message:
      "access.outbound.port is needed with everything but kubernetesAPI, where it is known: add it there, leave it out here",
    holds: (peer) => (peer.kubernetesAPI !== undefined) !== (peer.port !== undefined),
  },
  {
    rule: "!has(self.endPort) || (has(self.cidr) && has(self.port) && self.endPort > self.port)",
    message: "access.outbound.endPort goes with cidr, and lies above port: name each port by itself elsewhere",
    holds: ({ endPort, cidr, port }) =>
      endPort === undefined || (cidr !== undefined && port !== undefined && endPort > port),
  },
  {
    rule: "!has(self.host) || self.protocol != 'SCTP'",
    message: "access.outbound.protocol must be TCP or UDP with host: nothing enforces names for SCTP",
    holds: ({ host, protocol: transport }) => host === undefined || transport !== "SCTP",
  },
  {
    rule: "!has(self.kubernetesAPI) || self.protocol == 'TCP'",
    message: "access.outbound.protocol must be TCP with kubernetesAPI: leave it out",
    holds: ({ kubernetesAPI, protocol: transport }) => kubernetesAPI === undefined || transport === "TCP",
  },
);

export const access = z.strictObject({
  inbound: listAtomic(
    inboundPeer.meta({
      description:
        "One peer that may connect: a workload, every workload of a namespace, the platform's gateway or monitoring, the API server, or a network. A workload must declare the need in its own access.outbound too.",
    }),
    { max: 64 },
  )
    .optional()
    .meta({
      description:
        "Who may connect to the declared ports. Nobody unless listed, not even workloads of the same namespace.",
    }),
  outbound: listAtomic(
    outboundPeer.meta({
      description:
        "One destination: a workload, every workload of a namespace, a network, a DNS name, or the Kubernetes API. A workload must let this one in by its own access.inbound too.",
    }),
    { max: 64 },
  )
    .optional()
    .meta({ description: "What the workload may connect to. Nothing unless listed, except the cluster's DNS." }),
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
    message: "access.inbound.port must be one of the declared ports: declare it under ports",
    holds: ({ access: declared, ports: open }) =>
      (declared?.inbound ?? []).every(
        ({ port }) => port === undefined || (open ?? []).some((candidate) => candidate.port === port),
      ),
  },
];
