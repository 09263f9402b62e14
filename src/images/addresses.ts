/**
 * Where a registry, a redirect or a token endpoint must never lead: this machine, its link, and the addresses where clouds
 * hand out credentials. Private networks are no such place: many registries are there. Pure.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

const FORBIDDEN = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8], // this host (RFC 1122)
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, and the metadata services of most clouds
  ["100.100.100.200", 32], // metadata, Alibaba Cloud
  ["168.63.129.16", 32], // the host agent, Azure
  ["192.0.0.192", 32], // metadata, Oracle Cloud
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
] as const) {
  FORBIDDEN.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["fe80::", 10], // link-local
  ["fec0::", 10], // site-local, deprecated (RFC 3879)
  ["ff00::", 8], // multicast
  ["fd00:ec2::", 32], // metadata and pod identity, AWS
  ["fd20:ce::254", 128], // metadata, Google Cloud
  ["fd00:42::42", 128], // metadata, Scaleway
] as const) {
  FORBIDDEN.addSubnet(network, prefix, "ipv6");
}

/** Whether a host as a URL writes it, without a port, is this machine by its very name. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(withoutBrackets(host));
}

export const isLoopbackAddress = (address: string): boolean => isIn(LOOPBACK, address);

/** True for whatever is no address, too. */
export const isForbiddenAddress = (address: string): boolean => isIP(address) === 0 || isIn(FORBIDDEN, address);

/** The address that a URL's host is, without the brackets; undefined for a name. */
export function literalAddress(host: string): string | undefined {
  const address = withoutBrackets(host);
  return isIP(address) === 0 ? undefined : address;
}

const withoutBrackets = (host: string): string => (host.startsWith("[") ? host.slice(1, -1) : host);

function isIn(list: BlockList, address: string): boolean {
  if (isIPv4(address)) return list.check(address, "ipv4");
  if (!isIPv6(address)) return false;
  const [bare = ""] = address.split("%");
  const embedded = embeddedIPv4(bare);
  return list.check(bare, "ipv6") || (embedded !== undefined && list.check(embedded, "ipv4"));
}

/** The IPv4 address that an IPv6 one stands for: mapped, compatible (RFC 4291), translated (RFC 6052), 6to4 (RFC 3056). */
function embeddedIPv4(address: string): string | undefined {
  const words = wordsOf(address);
  const head = words
    .slice(0, 6)
    .map((word) => word.toString(16))
    .join(":");
  if (head === "0:0:0:0:0:0" || head === "0:0:0:0:0:ffff" || head === "64:ff9b:0:0:0:0")
    return dotted(words[6], words[7]);
  return words[0] === 0x2002 ? dotted(words[1], words[2]) : undefined;
}

/** The eight words of an IPv6 address. */
function wordsOf(address: string): readonly number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = "", right] = canonical.split("::");
  const numbers = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const head = numbers(left);
  const tail = numbers(right ?? "");
  return right === undefined ? head : [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

const dotted = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join(".");
