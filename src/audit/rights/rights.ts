/** Which dangerous permissions are held, by whom, and what gives them. Pure. */
import { couldMatch } from "../../kubernetes/selectors.ts";
import { DANGERS, type Scope } from "../../rbac/privileges.ts";
import { allows, type Rule } from "../../rbac/rule.ts";
import { isControlPlane } from "../../rbac/subjects.ts";
import type { Right, Rights } from "../edges/edge.ts";
import type { Binding, Facts, Role } from "../facts/model.ts";
import { type Place, placeText } from "../place.ts";
import { defaultRules } from "./default-roles.ts";

interface Danger {
  readonly id: string;
  readonly words: string;
  readonly isIn: (rule: Rule, scope: Scope) => boolean;
}

const some =
  (group: string, resources: readonly string[], verbs: readonly string[]) =>
  (rule: Rule): boolean =>
    resources.some((resource) => verbs.some((verb) => allows(rule, { verb, group, resource })));

const certificates = "certificates.k8s.io";

/** What the operator does not look for, since it opens no workload by itself. */
const FURTHER: readonly Danger[] = [
  {
    id: "sign-certificates",
    words: "approve certificates of clients",
    isIn: (rule, scope) =>
      scope === "cluster" && some(certificates, ["certificatesigningrequests/approval"], ["update", "patch"])(rule),
  },
  {
    id: "create-volumes",
    words: "create volumes with files of a node",
    isIn: (rule, scope) => scope === "cluster" && some("", ["persistentvolumes"], ["create"])(rule),
  },
];

export const AUDITED: readonly Danger[] = [...DANGERS, ...FURTHER];

/** With names they are what is recommended, or worth nothing: nobody names what is yet to be created. */
const NEEDS_EVERY_NAME: ReadonlySet<string> = new Set([
  "read-secrets",
  "exec",
  "create-pods",
  "change-roles",
  "issue-tokens",
  "change-admission",
  "sign-certificates",
  "create-volumes",
  "nodes-proxy",
]);

/** The dangers in some rules. Of whoever may do everything nothing else is told. */
export function dangersIn(rules: readonly Rule[], scope: Scope): readonly Danger[] {
  const found = AUDITED.filter(({ id, isIn }) =>
    rules.some((rule) => isIn(rule, scope) && (rule.resourceNames.length === 0 || !NEEDS_EVERY_NAME.has(id))),
  );
  const [everything] = found.filter(({ id }) => id === "everything");
  return everything === undefined ? found : [everything];
}

/** What of a role is said where it is bound to: its own rules, and those that its labels bring together. */
export function rulesOf(role: Role, roles: ReadonlyMap<string, Role>): readonly Rule[] {
  const { aggregates, rules } = role.record;
  if (aggregates === undefined) return rules;
  const parts = [...roles.values()].filter(
    ({ key, record }) =>
      key !== role.key &&
      key.startsWith("ClusterRole/") &&
      aggregates.some((selector) => couldMatch(selector, record.labels)),
  );
  return [...rules, ...parts.flatMap(({ record }) => record.rules)];
}

/** Undefined where nobody read the role. */
function boundRules({ bound }: Binding, roles: ReadonlyMap<string, Role>): readonly Rule[] | undefined {
  const role = roles.get(bound.role);
  if (role !== undefined) return rulesOf(role, roles);
  if (!bound.role.startsWith("ClusterRole/")) return undefined;
  const name = bound.role.slice("ClusterRole/".length);
  const parts = AGGREGATED.get(name)?.flatMap((label) => labelled(roles, label)) ?? [];
  const rules = defaultRules(name);
  return rules === undefined ? undefined : [...rules, ...parts];
}

/** What other roles add to those of the API server, by their labels: each holds what the one before it does. */
const ADDED = ["view", "edit", "admin"].map((name) => `rbac.authorization.k8s.io/aggregate-to-${name}`);
const AGGREGATED: ReadonlyMap<string, readonly string[]> = new Map([
  ["view", ADDED.slice(0, 1)],
  ["edit", ADDED.slice(0, 2)],
  ["admin", ADDED],
]);

const labelled = (roles: ReadonlyMap<string, Role>, label: string): readonly Rule[] =>
  [...roles.values()].flatMap(({ record }) => (record.labels[label] === "true" ? record.rules : []));

/** Every dangerous permission that is held, by the id of its danger. The control plane's own are its own. */
export function heldRights(facts: Pick<Facts, "bindings" | "roles">): Rights {
  const judged = new Map<string, readonly Danger[]>();
  const dangersOf = (binding: Binding): readonly Danger[] => {
    const scope: Scope = binding.namespace === undefined ? "cluster" : "namespace";
    const key = `${scope} ${binding.bound.role}`;
    const known = judged.get(key) ?? dangersIn(boundRules(binding, facts.roles) ?? [], scope);
    judged.set(key, known);
    return known;
  };
  const all = facts.bindings.flatMap((binding) =>
    dangersOf(binding).flatMap((danger) => rightsOf(binding, danger, facts.roles.get(binding.bound.role))),
  );
  const found = Map.groupBy(all, ({ danger }) => danger);
  return { of: (danger) => found.get(danger) ?? [] };
}

function rightsOf(binding: Binding, { id, words }: Danger, role: Role | undefined): readonly Right[] {
  const { bound, namespace, isDefault } = binding;
  const places: readonly Place[] = role === undefined ? [binding.place] : [binding.place, role.place];
  return bound.subjects
    .filter((subject) => !isControlPlane(subject, bound.role))
    .map((subject) => ({
      danger: id,
      words,
      subject,
      namespace,
      binding: binding.id,
      role: bound.role,
      places,
      isDefault,
      isAlone: bound.subjects.length === 1,
    }));
}

/** A binding as a line names it. */
export const bindingText = ({ binding, places: [place] }: Right): string =>
  place === undefined || place.file === "" ? binding : `${binding}, ${placeText(place)}`;
