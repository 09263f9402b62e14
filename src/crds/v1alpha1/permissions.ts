/**
 * Rules of RBAC that a spec may hold: a workload's own, and those that the SecurityBaseline grants. Both are judged alike, so that a grant can name
 * only what a workload may declare.
 */
import { z } from "zod";
import { type CelRule, listAtomic, listSet, refused, text, withRules } from "../schema.ts";
import {
  CLOSED_GROUPS,
  CUSTOM_SUBRESOURCES,
  GRANTED_MENU,
  isCustom,
  KNOWN_GROUPS,
  needsNames,
  PERMISSION_MENU,
  PERMISSION_VERBS,
  type PermissionRule,
  VERBS_THAT_NEED_NAMES,
} from "./permission-menu.ts";

const MENU = { ...PERMISSION_MENU, ...GRANTED_MENU };
const ENTRIES = Object.keys(MENU).sort();
const SECRETS = "/secrets";

/** The entries that have not every verb, by the verbs that they have. */
const NARROW: readonly (readonly [verbs: readonly string[], entries: readonly string[]])[] = [
  ...Map.groupBy(ENTRIES, (entry) => (MENU[entry] ?? []).join()),
]
  .map(([verbs, entries]) => [verbs.split(","), entries] as const)
  .filter(([verbs]) => verbs.length < PERMISSION_VERBS.length);

const quoted = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(", ")}]`;

const STAR = "*";
const isThere = (group: string, resource: string): boolean =>
  KNOWN_GROUPS.includes(group)
    ? resource.includes(STAR) || ENTRIES.includes(`${group}/${resource}`)
    : isCustom(group, resource);

const everyPair = ({ apiGroups, resources }: PermissionRule, holds: (group: string, resource: string) => boolean) =>
  apiGroups.every((group) => resources.every((resource) => holds(group, resource)));

const CUSTOM_GROUP = `(g.contains('.') && !${quoted(CLOSED_GROUPS)}.exists(c, g == c || g.endsWith('.' + c)))`;
const CUSTOM_RESOURCE = `(!r.contains('/') || ${CUSTOM_SUBRESOURCES.map((sub) => `r.endsWith('/${sub}')`).join(" || ")})`;
/** What has a star is answered by the rule about stars. */
const THERE = `self.apiGroups.all(g, g.contains('*') || (g in ${quoted(KNOWN_GROUPS)} ? self.resources.all(r, r.contains('*') || (g + '/' + r) in ${quoted(ENTRIES)}) : ${CUSTOM_GROUP} && self.resources.all(r, ${CUSTOM_RESOURCE})))`;

const isWithinVerbs = (value: PermissionRule): boolean =>
  NARROW.every(
    ([verbs, entries]) =>
      value.verbs.every((verb) => verbs.includes(verb)) ||
      everyPair(value, (group, resource) => !entries.includes(`${group}/${resource}`)),
  );
const WITHIN_VERBS = NARROW.map(
  ([verbs, entries]) =>
    `(self.verbs.all(v, v in ${quoted(verbs)}) || self.apiGroups.all(g, self.resources.all(r, !((g + '/' + r) in ${quoted(entries)}))))`,
).join(" && ");

const lists = ({ apiGroups, resources, verbs }: PermissionRule): readonly (readonly string[])[] => [
  apiGroups,
  resources,
  verbs,
];

const isNamed = ({ resourceNames = [] }: PermissionRule): boolean => resourceNames.length > 0;
const NAMED = "(has(self.resourceNames) && self.resourceNames.size() > 0)";

const RULES: readonly CelRule<PermissionRule>[] = [
  {
    rule: "[self.apiGroups, self.resources, self.verbs].all(l, l.all(v, !v.contains('*')))",
    message: "permissions must not contain *: name each group, resource and verb",
    holds: (value) => lists(value).every((list) => list.every((item) => !item.includes(STAR))),
  },
  {
    rule: `self.verbs.all(v, v in ${quoted(PERMISSION_VERBS)} || v.contains('*'))`,
    message: `permissions.verbs must be of ${PERMISSION_VERBS.join(", ")}: no workload may escalate, bind, impersonate or proxy`,
    holds: ({ verbs }) =>
      verbs.every((verb) => [...PERMISSION_VERBS].some((one) => one === verb) || verb.includes(STAR)),
  },
  {
    rule: THERE,
    message:
      "permissions name a resource that workloads do not get, or not in this apiGroup: docs/reference/permissions.md lists what there is; write one entry per group",
    holds: ({ apiGroups, resources }) =>
      apiGroups.every((group) => group.includes(STAR) || resources.every((resource) => isThere(group, resource))),
  },
  {
    rule: WITHIN_VERBS,
    message:
      "permissions request a verb that is not allowed on that resource: most allow only get, list and watch, pods/log and secrets only get",
    holds: isWithinVerbs,
  },
  {
    rule: `!self.verbs.exists(v, v in ${quoted(VERBS_THAT_NEED_NAMES)}) || ${NAMED} || self.resources.all(r, r == 'events') || self.apiGroups.all(g, !(g in ${quoted(KNOWN_GROUPS)}))`,
    message: "permissions with update, patch or delete must name their objects: add resourceNames",
    holds: (value) =>
      isNamed(value) ||
      !value.resources.some((resource) => value.verbs.some((verb) => needsNames(resource, verb))) ||
      value.apiGroups.every((group) => !KNOWN_GROUPS.includes(group)),
  },
  {
    rule: `!('' in self.apiGroups && 'secrets' in self.resources) || ${NAMED}`,
    message: "permissions on Secrets must name them: add resourceNames",
    holds: (value) => everyPair(value, (group, resource) => `${group}/${resource}` !== SECRETS) || isNamed(value),
  },
];

/** How many resources an entry may name. */
const MAX_RESOURCES = 8;

/** Resources in as few entries as can name them. */
export const inEntries = (resources: readonly string[]): readonly (readonly string[])[] =>
  resources.length <= MAX_RESOURCES
    ? [resources]
    : [resources.slice(0, MAX_RESOURCES), ...inEntries(resources.slice(MAX_RESOURCES))];

/** How many entries a workload may declare. */
export const MAX_PERMISSIONS = 16;
/** How many rules one grant may have. */
export const MAX_GRANTED_RULES = 4;

const rule = () =>
  withRules(
    z.strictObject({
      apiGroups: listSet(text(128).meta({ description: "An API group; the empty string is the core group." }), {
        min: 1,
        max: 8,
      }).meta({ description: "API groups of the resources. Wildcards are not allowed." }),
      resources: listSet(text(64, 1).meta({ description: "A resource in lower-case plural." }), {
        min: 1,
        max: MAX_RESOURCES,
      }).meta({
        description:
          "Resources of the table in docs/reference/permissions.md, or custom resources. Never tokens, exec, RBAC and resources that create pods.",
      }),
      verbs: listSet(text(16, 1).meta({ description: "One RBAC verb." }), {
        min: 1,
        max: 7,
      }).meta({
        description:
          "Of get, list, watch, create, update, patch and delete. Most resources allow only the first three.",
      }),
      resourceNames: listSet(text(253, 1).meta({ description: "Name of one object." }), { max: 32 })
        .optional()
        .meta({
          description:
            "Names of the objects; every object of the namespace by default. Required for Secrets, and for update, patch and delete of what Kubernetes itself has.",
        }),
      nonResourceURLs: refused(
        "texts",
        "nonResourceURLs cannot be had: they belong to no namespace; every account reads /version and /healthz",
      ),
    }),
    ...RULES,
  );

/** Those that a workload declares. */
export const permissions = listAtomic(
  rule().meta({
    description:
      "One rule of the workload's Role, in its own namespace: these verbs on these resources. What the table marks so needs a grant of the SecurityBaseline.",
  }),
  { max: MAX_PERMISSIONS },
);

/** Those of a grant. */
export const grantedRules = listAtomic(
  rule().meta({ description: "One rule. It allows each entry of the workload's permissions that asks for no more." }),
  { min: 1, max: MAX_GRANTED_RULES },
);
