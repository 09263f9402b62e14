import { z } from "zod";
import { listAtomic, listSet, text, withRules } from "../schema.ts";
import { PERMISSION_MENU, PERMISSION_VERBS, type PermissionVerb, VERBS_THAT_NEED_NAMES } from "./permission-menu.ts";

const unique = (values: readonly string[]): [string, ...string[]] =>
  [...new Set(values)].sort() as [string, ...string[]];

const GROUPS = unique(Object.keys(PERMISSION_MENU).map((entry) => entry.slice(0, entry.indexOf("/"))));
const RESOURCES = unique(Object.keys(PERMISSION_MENU).map((entry) => entry.slice(entry.indexOf("/") + 1)));

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly PermissionVerb[];
  readonly resourceNames?: readonly string[] | undefined;
}

const pairs = ({ apiGroups, resources }: Rule): readonly string[] =>
  apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`));

const quoted = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(", ")}]`;

const MENU = quoted(Object.keys(PERMISSION_MENU));
const MENU_WITH_VERBS = quoted(
  Object.entries(PERMISSION_MENU).flatMap(([entry, verbs]) => verbs.map((verb) => `${entry}:${verb}`)),
);

const rule = withRules(
  z.strictObject({
    apiGroups: listSet(z.enum(GROUPS).meta({ description: "An API group; the empty string is the core group." }), {
      min: 1,
      max: 8,
    }).meta({ description: "API groups that the resources belong to. Wildcards are not accepted." }),
    resources: listSet(z.enum(RESOURCES).meta({ description: "A resource in lower-case plural." }), {
      min: 1,
      max: 8,
    }).meta({
      description:
        "Resources, from the menu of what a workload may ask for. Secrets, tokens, exec, RBAC and everything that starts a pod are not on it, and nothing adds them.",
    }),
    verbs: listSet(z.enum(PERMISSION_VERBS).meta({ description: "One verb, as RBAC calls it." }), {
      min: 1,
      max: 7,
    }).meta({
      description: "What may be done with them. Most resources may only be read: get, list and watch.",
    }),
    resourceNames: listSet(text(253, 1).meta({ description: "Name of one object." }), { max: 32 })
      .optional()
      .meta({
        description:
          "Only the objects of these names; every object of the namespace unless set. Needed for update, patch and delete, so that a workload changes only what it knows by name.",
      }),
  }),
  {
    rule: `self.apiGroups.all(g, self.resources.all(r, (g + '/' + r) in ${MENU}))`,
    message: "permissions must name a resource in its own apiGroup: write one entry for each group",
    holds: (value) => pairs(value).every((pair) => pair in PERMISSION_MENU),
  },
  {
    rule: `self.apiGroups.all(g, self.resources.all(r, !((g + '/' + r) in ${MENU}) || self.verbs.all(v, (g + '/' + r + ':' + v) in ${MENU_WITH_VERBS})))`,
    message:
      "permissions ask for a verb that is not granted on that resource: most may only be read with get, list and watch, pods/log only with get",
    holds: (value) =>
      pairs(value).every((pair) => value.verbs.every((verb) => PERMISSION_MENU[pair]?.includes(verb) ?? true)),
  },
  {
    rule: `!self.verbs.exists(v, v in ${quoted(VERBS_THAT_NEED_NAMES)}) || self.resources.all(r, r == 'events') || (has(self.resourceNames) && self.resourceNames.size() > 0)`,
    message: "permissions with update, patch or delete must name their objects: add resourceNames",
    holds: (value) =>
      !value.verbs.some((verb) => VERBS_THAT_NEED_NAMES.includes(verb)) ||
      value.resources.every((resource) => resource === "events") ||
      (value.resourceNames ?? []).length > 0,
  },
);

export const permissions = listAtomic(
  rule.meta({ description: "One rule of the workload's Role, in its own namespace: these verbs on these resources." }),
  { max: 16 },
);
