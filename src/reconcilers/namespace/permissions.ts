import { OWN, type PolicyRule, READ } from "../policy-rule.ts";

export const NAMESPACE_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["namespaces"], verbs: [...READ, "patch"] },
  // The default deny.
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: OWN },
  // Only to tell what else a namespace holds.
  { apiGroups: [""], resources: ["replicationcontrollers"], verbs: ["list"] },
  // Those that came in while Pod Security was lowered.
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "delete"] },
];
