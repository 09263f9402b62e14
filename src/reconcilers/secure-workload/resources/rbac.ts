import type { KubeObject } from "../../../kopf/object.ts";
import { child, type ExpandInput } from "./input.ts";
import { ROLE, ROLE_BINDING } from "./kinds.ts";

/** A name no workload, and no Role that a person names by the usual convention, can collide with. */
export const rbacName = (workloadName: string): string => `palisade:${workloadName}`;

/** Exactly the declared permissions, in this namespace; no Role at all where none is declared. */
export function buildRole(input: ExpandInput): KubeObject | undefined {
  const permissions = input.spec.permissions ?? [];
  if (permissions.length === 0) return undefined;
  return child(ROLE, input.workload, rbacName(input.workload.name), {
    rules: permissions.map(({ apiGroups, resources, verbs, resourceNames }) => ({
      apiGroups: [...apiGroups],
      resources: [...resources],
      verbs: [...verbs],
      ...(resourceNames === undefined || resourceNames.length === 0 ? {} : { resourceNames: [...resourceNames] }),
    })),
  });
}

export function buildRoleBinding(input: ExpandInput): KubeObject | undefined {
  if ((input.spec.permissions ?? []).length === 0) return undefined;
  const { name, namespace } = input.workload;
  return child(ROLE_BINDING, input.workload, rbacName(name), {
    roleRef: { apiGroup: ROLE.group, kind: ROLE.kind, name: rbacName(name) },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
}
