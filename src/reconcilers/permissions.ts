/** Exactly what the operator may do, beside the reasons. `config/rbac` is generated from it, and tests run under it. */
import { GROUP } from "../crds/group.ts";
import { PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ["get", "list", "watch"] as const;
const OWN = [...READ, "create", "update", "patch", "delete"] as const;

/** What it needs for its own work. */
const OPERATOR_RULES: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["secureworkloads"], verbs: READ },
  { apiGroups: [GROUP], resources: ["secureworkloads/status"], verbs: ["patch"] },
  // Owner references that block deletion need this where the admission plugin asks for it.
  { apiGroups: [GROUP], resources: ["secureworkloads/finalizers"], verbs: ["update"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: OWN },
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: READ },
  { apiGroups: [""], resources: ["services", "serviceaccounts"], verbs: OWN },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: OWN },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: OWN },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: OWN },
  // Pods are read to be judged, and deleted when they are impostors; never created or changed.
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "delete"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: [...READ, "patch"] },
  { apiGroups: [""], resources: ["nodes"], verbs: READ },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
  { apiGroups: ["apiregistration.k8s.io"], resources: ["apiservices"], verbs: READ },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];

/** RBAC lets nobody grant what he does not hold (`escalate` is not asked for), so the whole menu is held too. */
const GRANTABLE_RULES: readonly PolicyRule[] = Object.entries(PERMISSION_MENU).map(([entry, verbs]) => {
  const slash = entry.indexOf("/");
  return { apiGroups: [entry.slice(0, slash)], resources: [entry.slice(slash + 1)], verbs };
});

export const CLUSTER_RULES: readonly PolicyRule[] = [...OPERATOR_RULES, ...GRANTABLE_RULES];

/** In the operator's own namespace only. */
export const LEADER_ELECTION_RULES: readonly PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
];
