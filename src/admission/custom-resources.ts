import { CLOSED_GROUPS, CUSTOM_SUBRESOURCES, KNOWN_GROUPS, PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";
import { all, any, celList, celText } from "../policies/cel.ts";

/** Whether a group and a resource, as CEL, are those of a custom resource that may be granted; as the schema of permissions has it. */
export const isCustom = (group: string, resource: string): string =>
  all(
    `${group}.contains('.')`,
    `!(${group} in ${celList(KNOWN_GROUPS)})`,
    `!${celList(CLOSED_GROUPS)}.exists(c, ${group} == c || ${group}.endsWith('.' + c))`,
    `!${resource}.contains('*')`,
    any(
      `!${resource}.contains('/')`,
      ...CUSTOM_SUBRESOURCES.map((sub) => `${resource}.endsWith(${celText(`/${sub}`)})`),
    ),
  );

/** Whether a rule of a Role or a SecureWorkload, as CEL, names nothing but what any workload may ask for. */
export const isOnMenu = (rule: string): string =>
  `${rule}.apiGroups.all(g, ${rule}.resources.all(s, (g + '/' + s) in ${celList(Object.keys(PERMISSION_MENU))}))`;
