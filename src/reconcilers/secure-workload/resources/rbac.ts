import type { KubeObject } from "../../../kopf/object.ts";
import { child, type ExpandInput } from "./input.ts";
import { ROLE, ROLE_BINDING } from "./kinds.ts";

/** A name no workload, and no Role that a person names by the usual convention, can collide with. */
export const rbacName = (workloadName: string): string => `palisade:${workloadName}`;

/** Exactly the declared permissions, in this namespace; no Role at all where none is declared. */
export function buildRole(input: ExpandInput): KubeObject | undefined {
  const rules = roleRules(input.spec);
  return rules.length === 0 ? undefined : child(ROLE, input.workload, rbacName(input.workload.name), { rules });
}

/** What the account may do, all of it in its own namespace. */
export const roleRules = ({ permissions = [] }: Pick<ExpandInput["spec"], "permissions">) =>
  permissions.map(({ apiGroups, resources, verbs, resourceNames }) => ({
    apiGroups: [...apiGroups],
    resources: [...resources],
    verbs: [...verbs],
    ...(resourceNames === undefined || resourceNames.length === 0 ? {} : { resourceNames: [...resourceNames] }),
  }));

export function buildRoleBinding(input: ExpandInput): KubeObject | undefined {
  if ((input.spec.permissions ?? []).length === 0) return undefined;
  const { name, namespace } = input.workload;
  return child(ROLE_BINDING, input.workload, rbacName(name), {
    roleRef: { apiGroup: ROLE.group, kind: ROLE.kind, name: rbacName(name) },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
}
