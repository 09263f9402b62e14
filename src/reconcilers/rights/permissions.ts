import { type PolicyRule, READ } from "../../kubernetes/policy-rule.ts";

/**
 * Who may what. A ClusterRoleBinding is deleted where the SecurityBaseline says so, and never made: a token of the operator could take rights away
 * from others with it, and give none to anybody.
 */
export const RIGHTS_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings", "clusterroles"], verbs: READ },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterrolebindings"], verbs: [...READ, "delete"] },
];
