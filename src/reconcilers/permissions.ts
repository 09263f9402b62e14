/** Exactly what each account may do; the modules that need it say why. `config/rbac` is generated from it, and tests run under it. */
import { KEEPER_NAME } from "../installation.ts";
import { REPLICA_SET } from "../kubernetes/kinds.ts";
import { mergedRules, type PolicyRule } from "../kubernetes/policy-rule.ts";
import { ADMISSION_PERMISSIONS, keeperPermissions } from "./admission/permissions.ts";
import { NAMESPACE_PERMISSIONS } from "./namespace/permissions.ts";
import { RIGHTS_PERMISSIONS } from "./rights/permissions.ts";
import { HELD_FOR_WORKLOADS, WORKLOAD_PERMISSIONS } from "./secure-workload/permissions.ts";
import { BASELINE_PERMISSIONS } from "./security-baseline/permissions.ts";
import { EXCEPTION_PERMISSIONS, HELD_FOR_EXCEPTIONS } from "./security-exception/permissions.ts";
import { UNUSUAL_PERMISSIONS } from "./unusual/permissions.ts";

/** Each process tells of what it did. */
const TELLING: readonly PolicyRule[] = [
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];

/** Every write among them is one that the operator does in some test, and `make test` fails where it is not. */
export const OPERATOR_USES: readonly PolicyRule[] = mergedRules([
  ...WORKLOAD_PERMISSIONS,
  ...NAMESPACE_PERMISSIONS,
  ...BASELINE_PERMISSIONS,
  ...EXCEPTION_PERMISSIONS,
  ...RIGHTS_PERMISSIONS,
  ...ADMISSION_PERMISSIONS,
  ...UNUSUAL_PERMISSIONS,
  ...TELLING,
]);

/** With what it holds for others to see. */
export const OPERATOR_RULES: readonly PolicyRule[] = mergedRules([
  ...OPERATOR_USES,
  ...HELD_FOR_WORKLOADS,
  ...HELD_FOR_EXCEPTIONS,
]);

/** `names` of every policy and binding. */
export const keeperRules = (names: readonly string[]): readonly PolicyRule[] =>
  mergedRules([...keeperPermissions(names), ...TELLING]);

const LEASES = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] } as const;

/** In the namespace of the installation only. A Lease that is not there yet has no name for RBAC to look at. */
const leaseRules = (...names: readonly string[]): readonly PolicyRule[] =>
  mergedRules([
    { ...LEASES, verbs: ["create"] },
    { ...LEASES, resourceNames: names, verbs: ["get", "update"] },
  ]);

/**
 * Leases of replicas have names that nobody knows beforehand (decision 0017), and what is created has none for RBAC to look at: admission holds
 * the operator to names of its own. The ReplicaSet is the probe of the control plane.
 */
export const OPERATOR_OWN_RULES: readonly PolicyRule[] = [
  { ...LEASES, verbs: ["get", "list", "create", "update", "delete"] },
  { apiGroups: [REPLICA_SET.group], resources: [REPLICA_SET.plural], verbs: ["create"] },
];
export const KEEPER_LEASE_RULES = leaseRules(KEEPER_NAME);
