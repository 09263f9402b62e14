/** A workload becomes everything it needs to run locked down. Pure: the same input gives the same objects. */
import type { KubeObject } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { buildDaemonSet } from "./resources/daemon-set.ts";
import { buildDeployment } from "./resources/deployment.ts";
import { buildHorizontalPodAutoscaler } from "./resources/horizontal-pod-autoscaler.ts";
import {
  buildCalicoNetworkPolicy,
  buildCiliumNetworkPolicy,
  buildFqdnNetworkPolicy,
  calicoName,
} from "./resources/host-policies.ts";
import { HTTP_ROUTE_KINDS } from "./resources/http-route.ts";
import { buildIngress } from "./resources/ingress.ts";
import type { ExpandInput } from "./resources/input.ts";
import { buildCronJob, buildJob } from "./resources/job.ts";
import {
  CALICO_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  FQDN_NETWORK_POLICY,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  POD_MONITOR,
  ROLE,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  SERVICE_ACCOUNT,
  SERVICE_MONITOR,
  STATEFUL_SET,
} from "./resources/kinds.ts";
import { buildPodMonitor, buildServiceMonitor } from "./resources/monitors.ts";
import { buildNetworkPolicy } from "./resources/network-policy.ts";
import { buildPodDisruptionBudget } from "./resources/pod-disruption-budget.ts";
import { buildRole, buildRoleBinding, rbacName } from "./resources/rbac.ts";
import { buildScaledObject } from "./resources/scaled-object.ts";
import { buildHeadlessService, buildService, headlessName, workloadOfHeadless } from "./resources/service.ts";
import { buildServiceAccount } from "./resources/service-account.ts";
import { buildStatefulSet } from "./resources/stateful-set.ts";

/**
 * - `guard`: closes the pods in, or lets them be reached; stands before the first pod.
 * - `controller`: runs the pods.
 * - `companion`: acts on a controller that exists, an autoscaler for example.
 */
export type ChildRole = "guard" | "controller" | "companion";

/** One child a workload can have. A workload has at most one of each. */
export interface ChildKind {
  readonly resource: Resource;
  readonly role: ChildRole;
  /** Whether clusters exist that do not serve the kind; there no workload has this child. */
  readonly optional?: boolean;
  /** Another child that the API server wants to see before it takes this one. */
  readonly leansOn?: Resource;
  /** The child's name, which only the workload's name decides: a child is found even when every mark on it is gone. */
  readonly nameFor: (workloadName: string) => string;
  /** The inverse; undefined for a name that no workload's child can have. */
  readonly workloadOf: (childName: string) => string | undefined;
  /** The child as it must be, or undefined when this workload has none of this kind. */
  readonly build: (input: ExpandInput) => KubeObject | undefined;
}

const sameName = { nameFor: (name: string) => name, workloadOf: (name: string): string | undefined => name };
const prefixedBy = (nameFor: (name: string) => string) => {
  const prefix = nameFor("");
  return {
    nameFor,
    workloadOf: (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined),
  };
};
const prefixed = prefixedBy(rbacName);
const inTier = prefixedBy(calicoName);
const headless = { nameFor: headlessName, workloadOf: workloadOfHeadless };

/** In the order they are created. Of two kinds of one resource the one with the narrower names stands first. */
export const CHILD_KINDS: readonly ChildKind[] = [
  { resource: NETWORK_POLICY, role: "guard", ...sameName, build: buildNetworkPolicy },
  { resource: FQDN_NETWORK_POLICY, role: "guard", optional: true, ...sameName, build: buildFqdnNetworkPolicy },
  { resource: CILIUM_NETWORK_POLICY, role: "guard", optional: true, ...sameName, build: buildCiliumNetworkPolicy },
  { resource: CALICO_NETWORK_POLICY, role: "guard", optional: true, ...inTier, build: buildCalicoNetworkPolicy },
  { resource: SERVICE_ACCOUNT, role: "guard", ...sameName, build: buildServiceAccount },
  { resource: ROLE, role: "guard", ...prefixed, build: buildRole },
  { resource: ROLE_BINDING, role: "guard", leansOn: ROLE, ...prefixed, build: buildRoleBinding },
  { resource: SERVICE, role: "guard", ...headless, build: buildHeadlessService },
  { resource: SERVICE, role: "guard", ...sameName, build: buildService },
  { resource: POD_DISRUPTION_BUDGET, role: "guard", ...sameName, build: buildPodDisruptionBudget },
  { resource: DEPLOYMENT, role: "controller", ...sameName, build: buildDeployment },
  { resource: STATEFUL_SET, role: "controller", ...sameName, build: buildStatefulSet },
  { resource: DAEMON_SET, role: "controller", ...sameName, build: buildDaemonSet },
  { resource: JOB, role: "controller", ...sameName, build: buildJob },
  { resource: CRON_JOB, role: "controller", ...sameName, build: buildCronJob },
  { resource: HORIZONTAL_POD_AUTOSCALER, role: "companion", ...sameName, build: buildHorizontalPodAutoscaler },
  { resource: SCALED_OBJECT, role: "companion", optional: true, ...sameName, build: buildScaledObject },
  { resource: SERVICE_MONITOR, role: "companion", optional: true, ...sameName, build: buildServiceMonitor },
  { resource: POD_MONITOR, role: "companion", optional: true, ...sameName, build: buildPodMonitor },
  { resource: INGRESS, role: "companion", ...sameName, build: buildIngress },
  ...HTTP_ROUTE_KINDS,
];

/** Every resource that is a child's, each once. */
export const CHILD_RESOURCES: readonly Resource[] = [...new Set(CHILD_KINDS.map(({ resource }) => resource))];

export const CONTROLLER_KINDS: readonly ChildKind[] = CHILD_KINDS.filter(({ role }) => role === "controller");

/** Which child of which workload an object of `resource` called `name` is; undefined for a name that is no child's. */
export function childNamed(
  resource: Resource,
  name: string,
): { readonly kind: ChildKind; readonly workload: string } | undefined {
  for (const kind of CHILD_KINDS) {
    if (kind.resource !== resource) continue;
    const workload = kind.workloadOf(name);
    if (workload !== undefined) return { kind, workload };
  }
  return undefined;
}

/** Every child of a workload that `isDue`, in the order of {@link CHILD_KINDS}. */
export function expand(input: ExpandInput, isDue: (kind: ChildKind) => boolean = () => true): readonly KubeObject[] {
  return CHILD_KINDS.filter(isDue).flatMap(({ build }) => {
    const object = build(input);
    return object === undefined ? [] : [object];
  });
}
