/** What a ServiceAccount used of the Kubernetes API, as `permissions` a workload may have, and what its roles grant beside it. Pure. */
import type { KubeObject } from "kopf-ts";
import { CLUSTER_READS, isClusterRead, readName } from "../crds/v1alpha1/cluster-reads.ts";
import {
  covers,
  GRANTED_MENU,
  isCustom,
  isOnMenu,
  needsNames,
  PERMISSION_MENU,
  PERMISSION_VERBS,
  type PermissionRule,
} from "../crds/v1alpha1/permission-menu.ts";
import { inEntries, permissions as schema } from "../crds/v1alpha1/permissions.ts";
import { shapeBinding, shapeRole } from "../rbac/records.ts";
import { beyond, type Rule, rulesFrom } from "../rbac/rule.ts";
import { identitiesOf } from "../rbac/subjects.ts";
import type { Use } from "./audit-log.ts";

export interface Grant {
  /** `Role/shop/reader by RoleBinding/shop/reader`. */
  readonly by: string;
  /** Nobody used them. Never empty. */
  readonly rules: readonly PermissionRule[];
}

export interface Rights {
  /** As a spec may declare them. */
  readonly permissions: readonly PermissionRule[];
  /** What it read in the whole cluster, by the names that a spec has for it. */
  readonly clusterReads: readonly string[];
  /** Of what was used and cannot be declared, or only with the platform team. */
  readonly decisions: readonly string[];
}

const pathOf = (group: string, resource: string): string => (group === "" ? resource : `${group}/${resource}`);

/** For a workload in `namespace`: of what it used elsewhere only reads of the whole cluster can be had. */
export function rightsOf(uses: readonly Use[], namespace: string): Rights {
  const found = uses.map((use) => (use.namespace === namespace ? rulesFor(use) : elsewhere(use)));
  return {
    permissions: joined(found.flatMap(({ permissions }) => permissions)),
    clusterReads: [...new Set(found.flatMap(({ clusterReads }) => clusterReads))].sort(),
    decisions: found.flatMap(({ decisions }) => decisions),
  };
}

function elsewhere({ group, resource, namespace, verbs }: Use): Rights {
  const name = readName(group, resource);
  const used = [...verbs.keys()];
  const clusterReads = namespace === "" && CLUSTER_READS.has(name) && used.some(isClusterRead) ? [name] : [];
  const lost = clusterReads.length === 0 ? used : used.filter((verb) => !isClusterRead(verb));
  const where = namespace === "" ? "of the whole cluster" : `in ${namespace}`;
  return {
    permissions: [],
    clusterReads,
    decisions: [
      ...clusterReads.map((one) => `clusterReads: ${one} needs a grant of the platform team, and a role that it binds`),
      ...(lost.length === 0
        ? []
        : [
            `permissions: ${lost.join(", ")} on ${pathOf(group, resource)} ${where} was used, and cannot be had: permissions are of the workload's own namespace`,
          ]),
    ],
  };
}

/** Verbs for which the objects are named stand apart from those that are had of all. */
function rulesFor(use: Use): Rights {
  const { group, resource, verbs } = use;
  const on = pathOf(group, resource);
  const allowed = allowedOn(group, resource);
  const lost = [...verbs.keys()].filter((verb) => !allowed.includes(verb));
  const had = [...verbs.keys()].filter((verb) => allowed.includes(verb)).sort();
  const named = had.filter((verb) => mustName(group, resource, verb));
  const names = [...new Set(named.flatMap((verb) => [...(verbs.get(verb) ?? [])]))].sort();
  const rule = { apiGroups: [group], resources: [resource] };
  const wanted: readonly PermissionRule[] = [
    { ...rule, verbs: had.filter((verb) => !named.includes(verb)) },
    { ...rule, verbs: named, resourceNames: names },
  ].filter((one) => one.verbs.length > 0);
  const permissions = wanted.filter((one) => schema.safeParse([one]).success);
  const refused = wanted.filter((one) => !permissions.includes(one));
  return {
    permissions,
    clusterReads: [],
    decisions: [
      ...(lost.length === 0
        ? []
        : [`permissions: ${lost.join(", ")} on ${on} was used, and cannot be had (palisade explain spec.permissions)`]),
      ...refused.map(
        (one) =>
          `permissions: ${one.verbs.join(", ")} on ${on} was used on ${names.length} names: write those it needs`,
      ),
      ...permissions
        .filter((one) => !isOnMenu(one))
        .map((one) => `permissions: ${one.verbs.join(", ")} on ${on} needs a grant of the platform team`),
    ],
  };
}

const allowedOn = (group: string, resource: string): readonly string[] =>
  isCustom(group, resource)
    ? PERMISSION_VERBS
    : (PERMISSION_MENU[`${group}/${resource}`] ?? GRANTED_MENU[`${group}/${resource}`] ?? []);

/** Of a custom resource nothing has to be named, of Secrets everything. */
function mustName(group: string, resource: string, verb: string): boolean {
  if (isCustom(group, resource)) return false;
  if (group === "" && `/${resource}` in GRANTED_MENU) return true;
  return needsNames(resource, verb);
}

/** Resources of one group of which the same was used are one entry. */
function joined(rules: readonly PermissionRule[]): readonly PermissionRule[] {
  const alike = Map.groupBy(
    rules,
    ({ resources, ...rest }) => `${JSON.stringify(rest)} ${isOnMenu({ ...rest, resources })}`,
  );
  return [...alike.values()].flatMap((some) => {
    const [first] = some;
    const resources = [...new Set(some.flatMap((one) => one.resources))].sort();
    return first === undefined ? [] : inEntries(resources).map((part) => ({ ...first, resources: part }));
  });
}

/** Which of `wanted` no declared entry holds. */
export const undeclared = (wanted: readonly PermissionRule[], declared: readonly PermissionRule[]) =>
  wanted.filter((rule) => !single(rule).every((one) => declared.some((entry) => covers(entry, one))));

/** Whether anything of an entry was used. */
export const isUsed = (entry: PermissionRule, used: readonly PermissionRule[]): boolean =>
  used.flatMap(single).some((one) => covers({ ...entry, resourceNames: [] }, { ...one, resourceNames: [] }));

/** One resource and one verb at a time. */
const single = (rule: PermissionRule): readonly PermissionRule[] =>
  rule.resources.flatMap((resource) => rule.verbs.map((verb) => ({ ...rule, resources: [resource], verbs: [verb] })));

/** What roles grant an account, binding by binding, and nobody used; not what every account has. */
export function unusedOf(account: string, uses: readonly Use[], objects: readonly KubeObject[]): readonly Grant[] {
  const [namespace = "", name = ""] = account.split("/");
  const [own = ""] = identitiesOf({ namespace, name });
  const groups = identitiesOf({ namespace, name }).filter((one) => !one.endsWith("system:authenticated"));
  const roles = new Map(
    objects
      .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
      .map((role) => [keyOfRole(role), shapeRole(role, "").rules]),
  );
  const bindings = objects.filter(({ kind = "" }) => kind.endsWith("Binding"));
  return bindings.flatMap((binding) => {
    const { role, subjects } = shapeBinding(binding, "", 0);
    if (!subjects.some((subject) => subject === own || groups.includes(subject))) return [];
    const within =
      binding.kind === "RoleBinding" ? uses.filter((use) => use.namespace === binding.metadata.namespace) : uses;
    const rest = beyond(roles.get(role) ?? [], within.filter((use) => use.account === account).map(ruleOf));
    const rules = rest.filter(({ resources }) => resources.length > 0).map(asPermission);
    return rules.length === 0 ? [] : [{ by: `${role} by ${nameOf(binding)}`, rules }];
  });
}

const keyOfRole = ({ kind, metadata }: KubeObject): string =>
  kind === "Role" ? `Role/${metadata.namespace ?? ""}/${metadata.name}` : `ClusterRole/${metadata.name}`;

const nameOf = ({ kind, metadata }: KubeObject): string =>
  metadata.namespace === undefined ? `${kind}/${metadata.name}` : `${kind}/${metadata.namespace}/${metadata.name}`;

/** Names are left out: a right that was used on one object is used. */
const ruleOf = ({ group, resource, verbs }: Use): Rule => {
  const [rule] = rulesFrom([{ apiGroups: [group], resources: [resource], verbs: [...verbs.keys()] }]);
  return rule as Rule;
};

const asPermission = ({ apiGroups, resources, verbs, resourceNames }: Rule): PermissionRule => ({
  apiGroups,
  resources,
  verbs,
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});

export function sayRule({ apiGroups, resources, verbs, resourceNames = [] }: PermissionRule): string {
  const on = apiGroups.flatMap((group) => resources.map((resource) => pathOf(group, resource))).join(", ");
  return `${verbs.join(", ")} on ${on}${resourceNames.length === 0 ? "" : ` (${resourceNames.join(", ")})`}`;
}
