/** The internet as peers: every address but those of a cluster, its nodes and its cloud. */
import { hostNetwork, networksOverlap } from "../crds/v1alpha1/networks.ts";
import type { ExpandInput } from "./input.ts";

/** By family: what is routed on the internet, and what of it is private, link-local, shared, reserved, or leads to such by a tunnel. */
const FAMILIES = [
  {
    cidr: "0.0.0.0/0",
    except: [
      "0.0.0.0/8",
      "10.0.0.0/8",
      "100.64.0.0/10",
      "127.0.0.0/8",
      "168.63.129.16/32",
      "169.254.0.0/16",
      "172.16.0.0/12",
      "192.0.0.0/24",
      "192.168.0.0/16",
      "198.18.0.0/15",
      "224.0.0.0/4",
      "240.0.0.0/4",
    ],
  },
  { cidr: "2000::/3", except: ["2001::/32", "2002::/16"] },
] as const;

/** None where the platform team does not grant it: the way stays closed, and the status says so. Pods and the API server may have public addresses. */
export function internetPeers({ platform, facts }: Pick<ExpandInput, "platform" | "facts">): readonly object[] {
  if (platform.internet === undefined) return [];
  const apiServer = (facts.apiServer ?? []).map(({ ip }) => hostNetwork(ip));
  const closed = [...new Set([...apiServer, ...platform.internet.podNetworks])].sort();
  return FAMILIES.map(({ cidr, except }) => {
    const more = closed.filter(
      (network) => isInside(network, cidr) && !except.some((known) => networksOverlap(known, network)),
    );
    return { ipBlock: { cidr, except: [...except, ...more] } };
  });
}

/** No such network is as large as a family. */
const isInside = (network: string, family: string): boolean => networksOverlap(family, network);
