/** Networks in CIDR notation, and the addresses in them that no workload may reach. */
import ipaddr from "ipaddr.js";
import { text, withRules } from "../schema.ts";

type Block = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * A CIDR in its canonical text, for IPv6 that of RFC 5952 without a zone; undefined for any other text, also one that names the
 * same network.
 */
function parseCidr(text: string): Block | undefined {
  if (text.includes("%") || !ipaddr.isValidCIDR(text)) return undefined;
  const [address, prefix] = ipaddr.parseCIDR(text);
  return `${address.toString()}/${prefix}` === text ? [address, prefix] : undefined;
}

function isMasked([address, prefix]: Block): boolean {
  const { IPv4, IPv6 } = ipaddr;
  const network = (address.kind() === "ipv4" ? IPv4 : IPv6).networkAddressFromCIDR(`${address.toString()}/${prefix}`);
  return network.toString() === address.toString();
}

const MIN_PREFIX = { ipv4: 8, ipv6: 16 } as const;

/**
 * Loopback, link-local and the metadata services of clouds: no workload may reach them (DRIFT 55).
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

const contains = (outer: Block, inner: Block): boolean =>
  outer[0].kind() === inner[0].kind() && inner[1] >= outer[1] && inner[0].match(...outer);

/** Whether two networks share an address. */
export function networksOverlap(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a !== undefined && b !== undefined && (contains(a, b) || contains(b, a));
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

/** The networks of `inner`, all canonical, that lie in `outer`. */
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
    message: "cidr must be no wider than /8 (IPv4) or /16 (IPv6): list smaller networks",
    holds: (value) => {
      const block = parseCidr(value);
      return block === undefined || block[1] >= MIN_PREFIX[block[0].kind()];
    },
  },
  {
    rule: `!isCIDR(self) || ![${CLOSED_NETWORKS.map((block) => `'${block}'`).join(", ")}].exists(c, cidr(c).containsCIDR(self))`,
    message:
      "cidr must not be inside loopback, link-local or cloud metadata addresses, which no workload may reach: remove the entry",
    holds: (value) => !isClosed(value),
  },
).meta({
  description:
    "Network in CIDR notation, in its shortest form; no wider than /8 (IPv4) or /16 (IPv6). Cloud metadata addresses inside it stay closed.",
});
