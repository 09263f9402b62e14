import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

export const noHostNamespaces = policy(
  {
    id: "no-host-namespaces",
    demand: "Pods must have their own network, process and IPC namespaces.",
    reason: "In the host's namespaces no NetworkPolicy applies, and the pod sees the processes of every other pod.",
    effect: "Removes `hostNetwork`, `hostPID` and `hostIPC`.",
    fix: "Declare peers under `access`. Run node agents outside of enrolled namespaces.",
    sources: [
      pss("Baseline: Host Namespaces"),
      cis("5.2.3"),
      cis("5.2.4"),
      cis("5.2.5"),
      nsa("Pod security: Pod security enforcement"),
      owasp("K01"),
      owasp("K05"),
      mitre("T1611"),
      drift(4),
    ],
  },
  each(wholePod, absent("hostNetwork", "hostPID", "hostIPC")),
);
