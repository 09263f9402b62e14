/** Ways that a workload declares and that stay closed, since what they need is not known here: each is said, none is guessed. */

import { hostNeeds } from "./resources/host-policies.ts";
import type { ExpandInput } from "./resources/input.ts";
import type { Problem } from "./status.ts";

type Declared = Pick<ExpandInput, "spec" | "facts" | "platform">;

/** Why each stays closed. `Ready` is false meanwhile: the workload does not reach, or is not reached by, what it declares. */
export function closedWays({ spec, facts, platform }: Declared): readonly Problem[] {
  const inbound = spec.access?.inbound ?? [];
  const isExposed = (spec.expose ?? []).length > 0;
  const problems: Problem[] = [];
  if (platform.gateway === undefined && (isExposed || inbound.some(({ gateway }) => gateway === true))) {
    problems.push({
      reason: "GatewayUnknown",
      message:
        "expose, or access.inbound, lets the ingress gateway in, and no SecurityBaseline says which pods that is: ask the platform team to name them, or let a workload in by its name",
    });
  }
  if (platform.monitoring === undefined && inbound.some(({ monitoring }) => monitoring === true)) {
    problems.push({
      reason: "MonitoringUnknown",
      message:
        "access.inbound lets the monitoring stack in, and no SecurityBaseline says which pods that is: ask the platform team to name them, or let a workload in by its name",
    });
  }
  if (facts.apiServer === undefined && inbound.some(({ kubernetesAPI }) => kubernetesAPI === true)) {
    problems.push({
      reason: "KubernetesAPIUnknown",
      message: "the endpoints of default/kubernetes are not known, so the API server cannot call the workload",
    });
  }
  const hosts = facts.hostNames === undefined ? hostNeeds(spec).map(({ host }) => host) : [];
  if (hosts.length > 0) {
    problems.push({
      reason: "HostNamesUnenforceable",
      message: `nothing in this cluster enforces DNS names, so the way to ${listed(hosts)} stays closed: write the networks behind them as cidr, or run a network plugin that knows names (Cilium, GKE Dataplane V2, Calico Enterprise)`,
    });
  }
  return problems;
}

const MAX_LISTED = 3;

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > MAX_LISTED ? ` and ${distinct.length - MAX_LISTED} more` : "";
  return `${distinct.slice(0, MAX_LISTED).join(", ")}${more}`;
}
