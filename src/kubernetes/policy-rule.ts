/** Rules of RBAC as the code that needs them declares them, and how they become one role. Pure. */

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** All of the kind unless named. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export const READ = ["get", "list", "watch"] as const;
export const OWN = [...READ, "create", "update", "patch", "delete"] as const;

/** As they are listed in a role; any other verb comes after them. */
const ORDER: readonly string[] = OWN;

/**
 * The same rights, each said once and always in the same order: the verbs of a resource together, and resources of one group that have the
 * same verbs in one rule. What is said of named objects is kept apart from what is said of all.
 */
export function mergedRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const verbsOf = new Map<string, Set<string>>();
  for (const { apiGroups, resources, resourceNames = [], verbs } of rules)
    for (const group of apiGroups)
      for (const resource of resources) {
        const key = JSON.stringify([group, resource, [...resourceNames].sort()]);
        verbsOf.set(key, new Set([...(verbsOf.get(key) ?? []), ...verbs]));
      }
  const resourcesOf = new Map<string, string[]>();
  for (const [key, verbs] of [...verbsOf].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [group, resource, names] = JSON.parse(key) as [string, string, readonly string[]];
    const rule = JSON.stringify([group, names, sorted([...verbs])]);
    resourcesOf.set(rule, [...(resourcesOf.get(rule) ?? []), resource]);
  }
  return [...resourcesOf].map(([rule, resources]) => {
    const [group, resourceNames, verbs] = JSON.parse(rule) as [string, readonly string[], readonly string[]];
    return { apiGroups: [group], resources, ...(resourceNames.length === 0 ? {} : { resourceNames }), verbs };
  });
}

const sorted = (verbs: readonly string[]): readonly string[] =>
  [...verbs].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));

const rankOf = (verb: string): number => (ORDER.includes(verb) ? ORDER.indexOf(verb) : ORDER.length);
