/**
 * Decides which addresses a registry, a redirect or a token endpoint may have. Forbidden are this machine, link-local networks
 * and the metadata services of clouds. Private networks are allowed: many registries live there. Pure.
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(parseNetwork);

const FORBIDDEN = [
  "0.0.0.0/8", // this host (RFC 1122)
  "127.0.0.0/8",
  "169.254.0.0/16", // link-local, and the metadata services of most clouds
  "100.100.100.200/32", // metadata, Alibaba Cloud
  "168.63.129.16/32", // the host agent, Azure
  "192.0.0.192/32", // metadata, Oracle Cloud
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
  "::/128",
  "::1/128",
  "fe80::/10", // link-local
  "fec0::/10", // site-local, deprecated (RFC 3879)
  "ff00::/8", // multicast
  "fd00:ec2::/32", // metadata and pod identity, AWS
  "fd20:ce::254/128", // metadata, Google Cloud
  "fd00:42::42/128", // metadata, Scaleway
].map(parseNetwork);

/** IPv6 networks whose addresses carry an IPv4 address, and the byte where it starts. */
const EMBEDDINGS = [
  { network: parseNetwork("::/96"), start: 12 }, // compatible (RFC 4291)
  { network: parseNetwork("::ffff:0:0/96"), start: 12 }, // mapped (RFC 4291)
  { network: parseNetwork("64:ff9b::/96"), start: 12 }, // translated (RFC 6052)
  { network: parseNetwork("2002::/16"), start: 2 }, // 6to4 (RFC 3056)
];

/** Whether the host of a URL, without a port, names this machine: `localhost` or a loopback address. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(withoutBrackets(host));
}

/** False for text that is not an address. */
export function isLoopbackAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isIn(LOOPBACK, address);
}

/** True for text that is not an address. */
export function isForbiddenAddress(text: string): boolean {
  const address = parseAddress(text);
  return address === undefined || isIn(FORBIDDEN, address);
}

/** The address in a URL's host, without brackets; undefined for a name. */
export function literalAddress(host: string): string | undefined {
  const address = withoutBrackets(host);
  return isIP(address) === 0 ? undefined : address;
}

const withoutBrackets = (host: string): string => (host.startsWith("[") ? host.slice(1, -1) : host);

/** `isIP` comes first: ipaddr.js also reads short, octal and hexadecimal forms. The zone plays no part. */
function parseAddress(text: string): Address | undefined {
  const [bare = ""] = text.split("%");
  return isIP(text) === 0 || !ipaddr.isValid(bare) ? undefined : ipaddr.parse(bare);
}

function parseNetwork(text: string): Network {
  return ipaddr.parseCIDR(text);
}

/** Whether the address, or the IPv4 address inside it, lies in one of the networks. */
function isIn(networks: readonly Network[], address: Address): boolean {
  const embedded = embeddedIPv4(address);
  return networks.some(
    (network) => contains(network, address) || (embedded !== undefined && contains(network, embedded)),
  );
}

function embeddedIPv4(address: Address): Address | undefined {
  const embedding = EMBEDDINGS.find(({ network }) => contains(network, address));
  if (embedding === undefined) return undefined;
  return ipaddr.fromByteArray(address.toByteArray().slice(embedding.start, embedding.start + 4));
}

const contains = ([network, prefix]: Network, address: Address): boolean =>
  network.kind() === address.kind() && address.match(network, prefix);
