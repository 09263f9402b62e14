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

export interface ChildKind {
  readonly resource: Resource;
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

/** In the order they are created: what closes a pod in stands before the pod, and the Deployment comes last. */
export const CHILD_KINDS: readonly ChildKind[] = [
  { resource: NETWORK_POLICY, ...sameName, build: buildNetworkPolicy },
  { resource: SERVICE_ACCOUNT, ...sameName, build: buildServiceAccount },
  { resource: ROLE, ...prefixed, build: buildRole },
  { resource: ROLE_BINDING, ...prefixed, build: buildRoleBinding },
  { resource: SERVICE, ...sameName, build: buildService },
  { resource: POD_DISRUPTION_BUDGET, ...sameName, build: buildPodDisruptionBudget },
  { resource: DEPLOYMENT, ...sameName, build: buildDeployment },
];

/** Every child of a workload, in the order of {@link CHILD_KINDS}. */
export function expand(input: ExpandInput): readonly KubeObject[] {
  return CHILD_KINDS.flatMap(({ build }) => {
    const object = build(input);
    return object === undefined ? [] : [object];
  });
}
