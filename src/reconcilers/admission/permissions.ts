import { KEEPER_NAME } from "../../admission/identities.ts";
import { GROUP, SECURE_WORKLOAD, SECURITY_BASELINE } from "../../crds/group.ts";
import { type PolicyRule, READ } from "../policy-rule.ts";
import { ADMISSION_KINDS } from "./kinds.ts";

const GROUPS = [...new Set(ADMISSION_KINDS.map(({ group }) => group))];
const PLURALS = ADMISSION_KINDS.map(({ plural }) => plural);

/** Of the operator: it tells whether they stand, and an account that runs pods must not write them. */
export const ADMISSION_PERMISSIONS: readonly PolicyRule[] = [{ apiGroups: GROUPS, resources: PLURALS, verbs: READ }];

/**
 * Of the keeper. Changes are of what this version has, by name. A creation has no name for RBAC to look at. A deletion is of what another version
 * left, whose names this one cannot know: the token could delete policies of others with it, which is no more than it can do to ours.
 */
export const keeperPermissions = (names: readonly string[]): readonly PolicyRule[] => [
  { apiGroups: GROUPS, resources: PLURALS, verbs: [...READ, "create", "delete"] },
  { apiGroups: GROUPS, resources: PLURALS, resourceNames: [...new Set(names)], verbs: ["update", "patch"] },
  // Who writes a policy with parameters must be able to read those.
  { apiGroups: [GROUP], resources: [SECURE_WORKLOAD.plural, SECURITY_BASELINE.plural], verbs: ["get", "list"] },
  // What the policies belong to, and go with.
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], resourceNames: [KEEPER_NAME], verbs: READ },
];
