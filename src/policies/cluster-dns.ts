import { absent, absentOr } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, owasp } from "./sources.ts";

export const clusterDns = policy(
  {
    id: "cluster-dns",
    demand: "A pod asks the cluster's DNS, and no other.",
    reason: "Another name server answers as it likes and carries data out, question by question.",
    effect: "Takes out any `dnsPolicy` but `ClusterFirst`, and `dnsConfig`.",
    fix: "Nothing: the cluster's DNS resolves names inside and outside.",
    sources: [owasp("K05"), drift(13)],
  },
  each(wholePod, absentOr("dnsPolicy", "ClusterFirst")),
  each(wholePod, absent("dnsConfig")),
);
