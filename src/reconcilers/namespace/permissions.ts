import { RESTING_MAKERS } from "../../kubernetes/kinds.ts";
import { OWN, type PolicyRule, READ } from "../../kubernetes/policy-rule.ts";
import { UNWATCHED_RULES } from "../../state/unwatched-kinds.ts";

export const NAMESPACE_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["namespaces"], verbs: [...READ, "patch"] },
  // The default deny.
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: OWN },
  // Only to tell what else a namespace holds.
  { apiGroups: [""], resources: ["replicationcontrollers"], verbs: ["list"] },
  ...RESTING_MAKERS.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs: ["list"] })),
  ...UNWATCHED_RULES,
  // Those that came in while Pod Security was lowered.
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "delete"] },
];
