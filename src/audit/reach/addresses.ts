/** Addresses and networks as NetworkPolicies compare them. Pure. */
import ipaddr from "ipaddr.js";

/** Addresses of nobody's own cluster, for the internet: set aside for documentation, so that no policy means them. */
export const INTERNET_ADDRESSES = ["198.51.100.1", "2001:db8::1"] as const;

/** Where pods have their addresses. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"] as const;

export interface Block {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Whether an address is in a block. What is no address, or no network, is in none. */
export const isInside = (address: string, { cidr, except }: Block): boolean =>
  isIn(address, cidr) && !except.some((one) => isIn(address, one));

function isIn(address: string, cidr: string): boolean {
  if (!ipaddr.isValid(address) || !ipaddr.isValidCIDR(cidr)) return false;
  const [network, prefix] = ipaddr.parseCIDR(cidr);
  const own = ipaddr.parse(address);
  return own.kind() === network.kind() && own.match(network, prefix);
}

/** Whether a pod whose address nobody knows could be in a block: where it shares an address with a network that pods have. */
export function mayHoldPods({ cidr, except }: Block): boolean {
  return PRIVATE.some((own) => overlaps(own, cidr) && !except.some((one) => covers(one, smaller(own, cidr))));
}

const overlaps = (one: string, other: string): boolean => covers(one, other) || covers(other, one);

const smaller = (one: string, other: string): string => (covers(one, other) ? other : one);

function covers(outer: string, inner: string): boolean {
  if (!ipaddr.isValidCIDR(outer) || !ipaddr.isValidCIDR(inner)) return false;
  const [network, prefix] = ipaddr.parseCIDR(outer);
  const [address, length] = ipaddr.parseCIDR(inner);
  return network.kind() === address.kind() && length >= prefix && address.match(network, prefix);
}
