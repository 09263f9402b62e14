/** Networks in CIDR notation, and the addresses in them that no workload may reach. */
import { isIP } from "node:net";
import { text, withRules } from "../schema.ts";

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

/**
 * Loopback, link-local and the metadata services of the clouds: no workload has business there (DRIFT 55).
 * 169.254.0.0/16 holds those of AWS with its ECS tasks and EKS pods, of Azure, Google, DigitalOcean, Hetzner, OpenStack and most others.
 */
export const CLOSED_NETWORKS = [
  "127.0.0.0/8",
  "169.254.0.0/16",
  // Alibaba Cloud.
  "100.100.100.200/32",
  // Azure's host agent.
  "168.63.129.16/32",
  // Oracle Cloud, where it is not link-local.
  "192.0.0.192/32",
  "::1/128",
  "fe80::/10",
  // AWS: the metadata service, and the agent that hands EKS pods their credentials.
  "fd00:ec2::23/128",
  "fd00:ec2::254/128",
  // Google Cloud.
  "fd20:ce::254/128",
  // Scaleway, Akamai.
  "fd00:42::42/128",
  "fd00:a9fe:a9fe::1/128",
  // The IPv4 addresses above as a NAT64 gateway takes them (RFC 6052).
  "64:ff9b::7f00:0/104",
  "64:ff9b::a9fe:0/112",
  "64:ff9b::6464:64c8/128",
  "64:ff9b::a83f:8110/128",
  "64:ff9b::c000:c0/128",
] as const;

const CLOSED_BLOCKS = CLOSED_NETWORKS.flatMap((text) => {
  const block = parseCidr(text);
  return block === undefined ? [] : [{ text, block }];
});

function contains(outer: Block, inner: Block): boolean {
  if (inner.version !== outer.version || inner.prefix < outer.prefix) return false;
  const free = BigInt((outer.version === 4 ? 32 : 128) - outer.prefix);
  return inner.address >> free === outer.address >> free;
}

/** The metadata addresses inside `cidr`, which a rule that allows it must leave out. */
export function closedWithin(cidr: string): readonly string[] {
  const outer = parseCidr(cidr);
  return outer === undefined ? [] : CLOSED_BLOCKS.filter(({ block }) => contains(outer, block)).map(({ text }) => text);
}

/** Whether all of `cidr` is closed. */
function isClosed(cidr: string): boolean {
  const inner = parseCidr(cidr);
  return inner !== undefined && CLOSED_BLOCKS.some(({ block }) => contains(block, inner));
}

/** The network of one address. */
export const hostNetwork = (ip: string): string => (ip.includes(":") ? `${ip}/128` : `${ip}/32`);

/** Those of `inner`, all canonical, that lie in `outer`. */
export function networksWithin(outer: string, inner: readonly string[]): readonly string[] {
  const block = parseCidr(outer);
  return inner.filter((text) => {
    const other = parseCidr(text);
    return block !== undefined && other !== undefined && contains(block, other);
  });
}

export const network = withRules(
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
    rule: `!isCIDR(self) || ![${CLOSED_NETWORKS.map((block) => `'${block}'`).join(", ")}].exists(c, cidr(c).containsCIDR(self))`,
    message:
      "cidr must not lie inside loopback, link-local or cloud metadata addresses, which no workload may reach: remove the entry",
    holds: (value) => !isClosed(value),
  },
).meta({
  description:
    "A network in CIDR notation, in its shortest form; no wider than /8 (IPv4) or /16 (IPv6). Cloud metadata addresses inside it stay closed.",
});
