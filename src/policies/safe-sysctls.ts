import type { V1Sysctl } from "@kubernetes/client-node";
import { celList, listIn, textIn } from "./cel.ts";
import { kept } from "./clauses.ts";
import { each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, pss } from "./sources.ts";

/** The ones that Pod Security allows at v1.37: each belongs to the pod's own namespaces, and touches no other pod. */
const SAFE: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_notsent_lowat",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_slow_start_after_idle",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

const isSafe = ({ name }: V1Sysctl): boolean => SAFE.has(name);

export const safeSysctls = policy(
  {
    id: "safe-sysctls",
    demand: "Pods may set only namespaced, safe kernel settings.",
    reason: "Other settings affect every pod of the node, or turn off kernel protections.",
    effect: "Removes every sysctl that is not on the safe list.",
    fix: "Remove the sysctl: Palisade sets the one for ports below 1024 when you declare such a port.",
    sources: [pss("Baseline: Sysctls"), mitre("T1611"), drift(4)],
  },
  each(podContext, {
    broken: ({ sysctls = [] }) =>
      sysctls
        .filter((sysctl) => !isSafe(sysctl))
        .map(({ name }) => ({ path: `sysctls[name=${name}]`, message: "is not on the list of safe sysctls" })),
    repair: (context) => ({ ...context, sysctls: kept(context.sysctls, isSafe) }),
    obeys: (context) =>
      `${listIn(context, "sysctls")}.all(sysctl, ${textIn("sysctl", "name")} in ${celList([...SAFE])})`,
  }),
);
