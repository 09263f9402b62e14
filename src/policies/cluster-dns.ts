import { absent, absentOr } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, owasp } from "./sources.ts";

export const clusterDns = policy(
  {
    id: "cluster-dns",
    demand: "Pods must use the cluster's DNS and no other.",
    reason: "A foreign name server can redirect traffic, and DNS queries can carry data out.",
    effect: "Removes `dnsConfig` and every `dnsPolicy` but `ClusterFirst`.",
    fix: "Remove dnsPolicy and dnsConfig: the cluster's DNS resolves internal and external names.",
    sources: [owasp("K05"), drift(13)],
  },
  each(wholePod, absentOr("dnsPolicy", "ClusterFirst")),
  each(wholePod, absent("dnsConfig")),
);
