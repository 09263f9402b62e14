/** RBAC rules as values: what one allows, and what of some rules goes beyond others. Pure. */

/** Either apiGroups and resources are named, or nonResourceURLs; no resourceNames means every name. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

const NOTHING: Rule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

/** The rules of a Role or ClusterRole as stored. One that grants nothing is left out. */
export function rulesFrom(stored: readonly Partial<Rule>[]): readonly Rule[] {
  return stored.flatMap((raw) => {
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = listsIn(raw);
    if (verbs.length === 0) return [];
    const onResources = apiGroups.length > 0 && resources.length > 0;
    return [
      ...(onResources ? [{ ...NOTHING, verbs, apiGroups, resources, resourceNames }] : []),
      ...(nonResourceURLs.length > 0 ? [{ ...NOTHING, verbs, nonResourceURLs }] : []),
    ];
  });
}

/** A list that is null is empty, as the API server reads it; a file may hold anything else, which grants nothing. */
function listsIn(raw: Partial<Rule> | null): Rule {
  const of = (field: keyof Rule): readonly string[] => (Array.isArray(raw?.[field]) ? raw[field] : []);
  return {
    verbs: of("verbs"),
    apiGroups: of("apiGroups"),
    resources: of("resources"),
    resourceNames: of("resourceNames"),
    nonResourceURLs: of("nonResourceURLs"),
  };
}

export interface Question {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, such as `pods/exec`. */
  readonly resource: string;
}

/** Whether a rule answers yes for an object of some name, as the API server's authorizer does. */
export function allows({ verbs, apiGroups, resources }: Rule, { verb, group, resource }: Question): boolean {
  return holds(verbs, verb) && holds(apiGroups, group) && holdsResource(resources, resource);
}

/**
 * What of `rules` no rule of `owned` covers, as the API server's own comparison (`Covers`) has it. Rules are cut along their fields
 * and never broken down into single permissions, of which a rule of a few kilobytes can hold millions.
 */
export function beyond(rules: readonly Rule[], owned: readonly Rule[]): readonly Rule[] {
  return owned.reduce<readonly Rule[]>((rest, owner) => rest.flatMap((rule) => cut(rule, owner)), rules);
}

type Field = keyof Rule;
/** What of a field is covered, and what is not; undefined for nothing. */
type Split = Readonly<Record<"covered" | "rest", readonly string[] | undefined>>;
type Holds = (owned: readonly string[], wanted: string) => boolean;

const holds: Holds = (owned, wanted) => owned.includes("*") || owned.includes(wanted);

/** `*` stands for every resource and subresource, and a star with a subresource for that of every resource. */
const holdsResource: Holds = (owned, wanted) => {
  if (holds(owned, wanted)) return true;
  const slash = wanted.indexOf("/");
  return slash >= 0 && owned.includes(`*${wanted.slice(slash)}`);
};

const holdsUrl: Holds = (owned, wanted) =>
  owned.some((url) => url === wanted || (url.endsWith("*") && wanted.startsWith(url.replace(/\*+$/, ""))));

const HOLDS: Readonly<Record<Field, Holds>> = {
  verbs: holds,
  apiGroups: holds,
  resources: holdsResource,
  resourceNames: (owned, wanted) => owned.includes(wanted),
  nonResourceURLs: holdsUrl,
};

const RESOURCE_FIELDS: readonly Field[] = ["verbs", "apiGroups", "resources", "resourceNames"];
const URL_FIELDS: readonly Field[] = ["verbs", "nonResourceURLs"];

/** The parts of `rule` that `owner` leaves uncovered; they do not overlap. */
function cut(rule: Rule, owner: Rule): readonly Rule[] {
  const parts: Rule[] = [];
  let inside = rule;
  for (const field of rule.nonResourceURLs.length > 0 ? URL_FIELDS : RESOURCE_FIELDS) {
    const { covered, rest } = split(field, inside[field], owner[field]);
    if (covered === undefined) return [rule];
    if (rest !== undefined) parts.push({ ...inside, [field]: rest });
    inside = { ...inside, [field]: covered };
  }
  return parts;
}

function split(field: Field, wanted: readonly string[], owned: readonly string[]): Split {
  if (field === "resourceNames" && owned.length === 0) return { covered: wanted, rest: undefined };
  if (field === "resourceNames" && wanted.length === 0) return { covered: undefined, rest: wanted };
  const isCovered = wanted.map((value) => HOLDS[field](owned, value));
  const some = (chosen: boolean): readonly string[] | undefined => {
    const values = wanted.filter((_, index) => isCovered[index] === chosen);
    return values.length === 0 ? undefined : values;
  };
  return { covered: some(true), rest: some(false) };
}
