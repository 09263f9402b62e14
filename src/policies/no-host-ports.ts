import type { V1ContainerPort } from "@kubernetes/client-node";
import { all, numberIn, textIn } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { each, ports } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, owasp, pss } from "./sources.ts";

export const noHostPorts = policy(
  {
    id: "no-host-ports",
    demand: "Containers must not open ports on the node.",
    reason: "A host port listens on the node's address, where the pod's NetworkPolicy does not apply.",
    effect: "Removes `hostPort` and `hostIP`; the container's port stays.",
    fix: "Declare the port under `ports` and its callers under `access.inbound`.",
    sources: [pss("Baseline: Host Ports"), cis("5.2.12"), owasp("K05"), drift(4)],
  },
  each<V1ContainerPort>(ports, {
    broken: ({ hostPort, hostIP }) => [
      ...findingIf((hostPort ?? 0) !== 0, "hostPort", "must not be set"),
      ...findingIf((hostIP ?? "") !== "", "hostIP", "must not be set"),
    ],
    repair: (port) => omit(port, "hostPort", "hostIP"),
    obeys: (port) => all(`${numberIn(port, "hostPort")} == 0`, `${textIn(port, "hostIP")} == ''`),
  }),
);
