/** A workload becomes everything it needs to run locked down. Pure: the same input gives the same objects. */
import type { KubeObject } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { buildDeployment } from "./resources/deployment.ts";
import type { ExpandInput } from "./resources/input.ts";
import {
  DEPLOYMENT,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  ROLE,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
} from "./resources/kinds.ts";
import { buildNetworkPolicy } from "./resources/network-policy.ts";
import { buildPodDisruptionBudget } from "./resources/pod-disruption-budget.ts";
import { buildRole, buildRoleBinding, rbacName } from "./resources/rbac.ts";
import { buildService } from "./resources/service.ts";
import { buildServiceAccount } from "./resources/service-account.ts";

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
  /** The child's name, which only the workload's name decides: a child is found even when every mark on it is gone. */
  readonly nameFor: (workloadName: string) => string;
  /** The inverse; undefined for a name that no workload's child can have. */
  readonly workloadOf: (childName: string) => string | undefined;
  /** The child as it must be, or undefined when this workload has none of this kind. */
  readonly build: (input: ExpandInput) => KubeObject | undefined;
}

const sameName = { nameFor: (name: string) => name, workloadOf: (name: string): string | undefined => name };
const PREFIX = rbacName("");
const prefixed = {
  nameFor: rbacName,
  workloadOf: (name: string) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined),
};

/** In the order they are created. Of two kinds of one resource the one with the narrower names stands first. */
export const CHILD_KINDS: readonly ChildKind[] = [
  { resource: NETWORK_POLICY, role: "guard", ...sameName, build: buildNetworkPolicy },
  { resource: SERVICE_ACCOUNT, role: "guard", ...sameName, build: buildServiceAccount },
  { resource: ROLE, role: "guard", ...prefixed, build: buildRole },
  { resource: ROLE_BINDING, role: "guard", ...prefixed, build: buildRoleBinding },
  { resource: SERVICE, role: "guard", ...sameName, build: buildService },
  { resource: POD_DISRUPTION_BUDGET, role: "guard", ...sameName, build: buildPodDisruptionBudget },
  { resource: DEPLOYMENT, role: "controller", ...sameName, build: buildDeployment },
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

/** Every child of a workload, in the order of {@link CHILD_KINDS}; optional kinds only where `isServed` says so. */
export function expand(input: ExpandInput, isServed: (kind: ChildKind) => boolean = () => true): readonly KubeObject[] {
  return CHILD_KINDS.filter((kind) => kind.optional !== true || isServed(kind)).flatMap(({ build }) => {
    const object = build(input);
    return object === undefined ? [] : [object];
  });
}
