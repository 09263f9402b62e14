import { BREAK_GLASS_VERB, GROUP } from "../../crds/group.ts";
import { OWN, type PolicyRule, READ } from "../../kubernetes/policy-rule.ts";

export const EXCEPTION_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["securityexceptions"], verbs: READ },
  { apiGroups: [GROUP], resources: ["securityexceptions/status"], verbs: ["patch"] },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: OWN },
];

/** Held to be granted: the operator has no pods/exec, so that the verb gives it nothing. */
export const HELD_FOR_EXCEPTIONS: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["secureworkloads"], verbs: [BREAK_GLASS_VERB] },
];
