/** Ways that a workload declares and that stay closed, since what they need is not known here: each is said, none is guessed. */

import type { Problem } from "../../crds/v1alpha1/findings.ts";
import { hostNeeds } from "../../expand/host-policies.ts";
import type { ExpandInput } from "../../expand/input.ts";

type Declared = Pick<ExpandInput, "spec" | "facts" | "platform">;

/** Why each stays closed. `Ready` is false meanwhile: the workload does not reach, or is not reached by, what it declares. */
export const unreachablePeers = (declared: Declared): readonly Problem[] => [
  ...closedGateway(declared),
  ...closedMonitoring(declared),
  ...closedApiServer(declared),
  ...closedHosts(declared),
];

type Inbound = NonNullable<NonNullable<Declared["spec"]["access"]>["inbound"]>[number];

const letsIn = ({ spec }: Declared, isMeant: (peer: Inbound) => boolean): boolean =>
  (spec.access?.inbound ?? []).some(isMeant);

function closedGateway(declared: Declared): readonly Problem[] {
  const isExposed = (declared.spec.expose ?? []).length > 0;
  const isNeeded = isExposed || letsIn(declared, ({ gateway }) => gateway === true);
  if (declared.platform.gateway !== undefined || !isNeeded) return [];
  const message =
    "expose or access.inbound allows the ingress gateway, but the SecurityBaseline does not name its pods: ask the platform team to set callers.gateway, or allow a workload by name";
  return [{ reason: "GatewayUnknown", message }];
}

function closedMonitoring(declared: Declared): readonly Problem[] {
  const isNeeded = letsIn(declared, ({ monitoring }) => monitoring === true);
  if (declared.platform.monitoring !== undefined || !isNeeded) return [];
  const message =
    "access.inbound allows monitoring, but the SecurityBaseline does not name its pods: ask the platform team to set callers.monitoring, or allow a workload by name";
  return [{ reason: "MonitoringUnknown", message }];
}

function closedApiServer(declared: Declared): readonly Problem[] {
  const isNeeded = letsIn(declared, ({ kubernetesAPI }) => kubernetesAPI === true);
  if (declared.facts.apiServer !== undefined || !isNeeded) return [];
  const message = "the endpoints of Service default/kubernetes are unknown, so the API server cannot call the workload";
  return [{ reason: "KubernetesAPIUnknown", message }];
}

function closedHosts({ spec, facts }: Declared): readonly Problem[] {
  const hosts = facts.hostNames === undefined ? hostNeeds(spec).map(({ host }) => host) : [];
  if (hosts.length === 0) return [];
  const message = `no network plugin in this cluster enforces host names, so ${listed(hosts)} stays closed: declare the networks as cidr, or install a plugin that does (Cilium, GKE Dataplane V2, Calico Enterprise)`;
  return [{ reason: "HostNamesUnenforceable", message }];
}

const MAX_LISTED = 3;

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > MAX_LISTED ? ` and ${distinct.length - MAX_LISTED} more` : "";
  return `${distinct.slice(0, MAX_LISTED).join(", ")}${more}`;
}
