import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

export const noHostNamespaces = policy(
  {
    id: "no-host-namespaces",
    demand: "A pod has a network, a process and an IPC namespace of its own.",
    reason: "In the host's namespaces no NetworkPolicy applies, and the processes of every other pod can be seen.",
    effect: "Takes out `hostNetwork`, `hostPID` and `hostIPC`.",
    fix: "Declare what is to be reached under `access`. What needs the node itself is no application: run it outside of the governed namespaces.",
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
