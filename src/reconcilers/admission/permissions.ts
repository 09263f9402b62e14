import { GROUP, SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../../crds/group.ts";
import { KEEPER_NAME } from "../../installation.ts";
import { type PolicyRule, READ } from "../../kubernetes/policy-rule.ts";
import { ADMISSION_KINDS } from "./kinds.ts";

const GROUPS = [...new Set(ADMISSION_KINDS.map(({ group }) => group))];
const PLURALS = ADMISSION_KINDS.map(({ plural }) => plural);

/** For the operator: it reports whether policies exist, and an account that runs pods must not write them. */
export const ADMISSION_PERMISSIONS: readonly PolicyRule[] = [{ apiGroups: GROUPS, resources: PLURALS, verbs: READ }];

/**
 * For the policy controller. It may change this version's objects by name. RBAC cannot limit creation by name. It deletes objects of other versions,
 * whose names are unknown, so a stolen token could delete foreign policies, which is no worse than deleting ours.
 */
export const keeperPermissions = (names: readonly string[]): readonly PolicyRule[] => [
  { apiGroups: GROUPS, resources: PLURALS, verbs: [...READ, "create", "delete"] },
  { apiGroups: GROUPS, resources: PLURALS, resourceNames: [...new Set(names)], verbs: ["update", "patch"] },
  // The author of a policy with parameters must be able to read them.
  {
    apiGroups: [GROUP],
    resources: [SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION].map(({ plural }) => plural),
    verbs: ["get", "list"],
  },
  // The owner of the policies.
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], resourceNames: [KEEPER_NAME], verbs: READ },
];
