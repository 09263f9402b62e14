import { isIP } from "node:net";
import { z } from "zod";
import { listAtomic, text, withRules } from "../schema.ts";
import { labelName, portNumber } from "./names.ts";

interface Block {
  readonly version: 4 | 6;
  readonly address: bigint;
  readonly prefix: number;
}

/** A CIDR in its canonical text, or undefined for anything else. */
function parseCidr(text: string): Block | undefined {
  const match = /^([0-9a-f.:]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const ip = match?.[1] ?? "";
  const version = isIP(ip);
  const prefix = Number(match?.[2]);
  if ((version !== 4 && version !== 6) || prefix > (version === 4 ? 32 : 128)) return undefined;
  const address = version === 4 ? parse4(ip) : parse6(ip);
  return address === undefined ? undefined : { version, address, prefix };
}

const parse4 = (ip: string): bigint => ip.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);

/** IPv6 in RFC 5952 form only: anything else names the same network in another text. */
function parse6(ip: string): bigint | undefined {
  const canonical = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  if (canonical !== ip || ip.includes(".")) return undefined;
  const [head = "", tail] = ip.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function isMasked({ version, address, prefix }: Block): boolean {
  const free = BigInt((version === 4 ? 32 : 128) - prefix);
  return (address >> free) << free === address;
}

const MIN_PREFIX = { 4: 8, 6: 16 } as const;

/** Loopback, link-local and the metadata services of the clouds: no workload has business there. */
const CLOSED = [
  "127.0.0.0/8",
  "169.254.0.0/16",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "::1/128",
  "fe80::/10",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
] as const;

const CLOSED_BLOCKS = CLOSED.flatMap((text) => {
  const block = parseCidr(text);
  return block === undefined ? [] : [{ text, block }];
});

function contains(outer: Block, inner: Block): boolean {
  if (inner.version !== outer.version || inner.prefix < outer.prefix) return false;
  const free = BigInt((outer.version === 4 ? 32 : 128) - outer.prefix);
  return inner.address >> free === outer.address >> free;
}

/** The metadata addresses inside `cidr`, which a rule that allows it must leave out (DRIFT 55). */
export function closedWithin(cidr: string): readonly string[] {
  const outer = parseCidr(cidr);
  return outer === undefined ? [] : CLOSED_BLOCKS.filter(({ block }) => contains(outer, block)).map(({ text }) => text);
}

function isClosed(cidr: string): boolean {
  const inner = parseCidr(cidr);
  return inner !== undefined && CLOSED_BLOCKS.some(({ block }) => contains(block, inner));
}

const cidr = withRules(
  text(43, 1),
  {
    rule: "isCIDR(self) && cidr(self) == cidr(self).masked() && self == string(cidr(self))",
    message:
      "cidr must be a network in its shortest form, such as 10.20.0.0/16 or 2001:db8::/32, with no host bits set",
    holds: (value) => {
      const block = parseCidr(value);
      return block !== undefined && isMasked(block);
    },
  },
  {
    rule: "!isCIDR(self) || cidr(self).prefixLength() >= (cidr(self).ip().family() == 4 ? 8 : 16)",
    message: "cidr must be no wider than /8 (IPv4) or /16 (IPv6): name the networks that are meant",
    holds: (value) => {
      const block = parseCidr(value);
      return block === undefined || block.prefix >= MIN_PREFIX[block.version];
    },
  },
  {
    rule: `!isCIDR(self) || ![${CLOSED.map((block) => `'${block}'`).join(", ")}].exists(c, cidr(c).containsCIDR(self))`,
    message:
      "cidr must not lie inside loopback, link-local or cloud metadata addresses, which no workload may reach: remove the entry",
    holds: (value) => !isClosed(value),
  },
).meta({
  description:
    "A network in CIDR notation, in its shortest form; no wider than /8 (IPv4) or /16 (IPv6). Cloud metadata addresses inside it stay closed.",
});

const workload = labelName(
  "Name of a SecureWorkload: its pods are meant, and no others. There is no pod selector, which other pods could come to match.",
);
const namespace = labelName("Namespace of that workload. The namespace of this workload unless set.");
const protocol = z
  .enum(["TCP", "UDP"])
  .default("TCP")
  .meta({ description: "Transport protocol: TCP or UDP. TCP unless set." });

const inboundPeer = withRules(
  z.strictObject({
    workload: workload.optional(),
    namespace: namespace.optional(),
    cidr: cidr.optional(),
    port: portNumber("Only this one of the declared ports. All declared ports unless set.").optional(),
  }),
  {
    rule: "has(self.workload) != has(self.cidr)",
    message: "an access.inbound entry needs exactly one of workload and cidr: keep the one that is meant",
    holds: (peer) => (peer.workload === undefined) !== (peer.cidr === undefined),
  },
  {
    rule: "!has(self.namespace) || has(self.workload)",
    message: "access.inbound.namespace goes with workload: name the workload that may call",
    holds: (peer) => peer.namespace === undefined || peer.workload !== undefined,
  },
);

const outboundPeer = withRules(
  z.strictObject({
    workload: workload.optional(),
    namespace: namespace.optional(),
    cidr: cidr.optional(),
    kubernetesAPI: z.literal(true).optional().meta({
      description:
        "The Kubernetes API of this cluster; only true may be written. Declared permissions open it by themselves.",
    }),
    port: portNumber(
      "Number of the port to reach there. Needed with workload and cidr; known by itself for kubernetesAPI.",
    ).optional(),
    protocol,
  }),
  {
    rule: "[has(self.workload), has(self.cidr), has(self.kubernetesAPI)].filter(x, x).size() == 1",
    message:
      "an access.outbound entry needs exactly one of workload, cidr and kubernetesAPI: keep the one that is meant",
    holds: (peer) => [peer.workload, peer.cidr, peer.kubernetesAPI].filter((value) => value !== undefined).length === 1,
  },
  {
    rule: "!has(self.namespace) || has(self.workload)",
    message: "access.outbound.namespace goes with workload: name the workload to call",
    holds: (peer) => peer.namespace === undefined || peer.workload !== undefined,
  },
  {
    rule: "has(self.kubernetesAPI) != has(self.port)",
    message:
      "access.outbound.port is needed with workload and cidr, and is known for kubernetesAPI: add it there, leave it out here",
    holds: (peer) => (peer.kubernetesAPI !== undefined) !== (peer.port !== undefined),
  },
);

export const access = z.strictObject({
  inbound: listAtomic(
    inboundPeer.meta({ description: "One peer that may connect: the pods of a workload, or a network." }),
    { max: 64 },
  )
    .optional()
    .meta({
      description:
        "Who may connect to the declared ports. Nobody unless listed, not even workloads of the same namespace.",
    }),
  outbound: listAtomic(
    outboundPeer.meta({ description: "One destination: the pods of a workload, a network, or the Kubernetes API." }),
    { max: 64 },
  )
    .optional()
    .meta({ description: "What the workload may connect to. Nothing unless listed, except the cluster's DNS." }),
});
