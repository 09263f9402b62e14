/** The severity of RBAC permissions for an attacker, worst first. Pure. */
import { allows, type Rule } from "./rule.ts";

/** Scope of a binding: the whole cluster or one namespace. */
export type Scope = "cluster" | "namespace";

export interface Danger {
  /** Stable, kebab-case. */
  readonly id: string;
  /** After "may". */
  readonly words: string;
  /** Drift case of a subject other than a workload, if any. */
  readonly driftCase?: string;
  readonly isIn: (rule: Rule, scope: Scope) => boolean;
}

const RBAC = "rbac.authorization.k8s.io";
const WRITE = ["create", "update", "patch"];
const READ = ["get", "list", "watch"];

type Test = Danger["isIn"];

const some =
  (group: string, resources: readonly string[], verbs: readonly string[]): Test =>
  (rule) =>
    resources.some((resource) => verbs.some((verb) => allows(rule, { verb, group, resource })));

const any =
  (...tests: readonly Test[]): Test =>
  (rule, scope) =>
    tests.some((test) => test(rule, scope));

/** Of kinds that no RoleBinding reaches. */
const inCluster =
  (test: Test): Test =>
  (rule, scope) =>
    scope === "cluster" && test(rule, scope);

const isEverything = ({ verbs, apiGroups, resources, resourceNames }: Rule): boolean =>
  [verbs, apiGroups, resources].every((values) => values.includes("*")) && resourceNames.length === 0;

/** Users, groups and accounts, with the verb as it always was and with the finer ones of KEP-5284. */
const IMPERSONATE = ["impersonate", "impersonate:serviceaccount"];
const IMPERSONATE_USERS = ["impersonate", "impersonate:user-info"];
const AUTHENTICATION = "authentication.k8s.io";

const impersonates = any(
  some("", ["serviceaccounts"], IMPERSONATE),
  some(AUTHENTICATION, ["serviceaccounts"], IMPERSONATE),
  inCluster(some("", ["users", "groups"], IMPERSONATE_USERS)),
  inCluster(some(AUTHENTICATION, ["users", "groups"], IMPERSONATE_USERS)),
);

const startsPods = any(
  some("", ["pods", "replicationcontrollers"], WRITE),
  some("apps", ["deployments", "statefulsets", "daemonsets", "replicasets"], WRITE),
  some("batch", ["jobs", "cronjobs"], WRITE),
);

const ADMISSION = [
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
];

/** Messages name the first privilege that a rule grants. */
export const DANGERS: readonly Danger[] = [
  { id: "everything", words: "do everything", isIn: isEverything },
  {
    id: "escalate",
    words: "grant itself any permission (escalate, bind)",
    isIn: some(RBAC, ["roles", "clusterroles"], ["escalate", "bind"]),
  },
  { id: "impersonate", words: "impersonate others", driftCase: "62", isIn: impersonates },
  {
    id: "nodes-proxy",
    words: "run commands in every pod through nodes/proxy",
    driftCase: "67",
    isIn: inCluster(some("", ["nodes/proxy"], ["get", "create"])),
  },
  { id: "read-secrets", words: "read Secrets", driftCase: "65", isIn: some("", ["secrets"], READ) },
  {
    id: "issue-tokens",
    words: "create tokens of ServiceAccounts",
    driftCase: "61",
    isIn: some("", ["serviceaccounts/token"], ["create"]),
  },
  {
    id: "exec",
    words: "run commands in pods",
    driftCase: "66",
    isIn: any(
      some("", ["pods/exec", "pods/attach"], ["create", "get"]),
      some("", ["pods/ephemeralcontainers"], ["update", "patch"]),
    ),
  },
  { id: "create-pods", words: "create pods", isIn: startsPods },
  {
    id: "change-roles",
    words: "change roles and bindings",
    isIn: some(RBAC, ["roles", "clusterroles", "rolebindings", "clusterrolebindings"], WRITE),
  },
  {
    id: "change-admission",
    words: "change the admission configuration",
    isIn: inCluster(
      any(some("admissionregistration.k8s.io", ADMISSION, [...WRITE, "delete"]), some("", ["namespaces"], WRITE)),
    ),
  },
];

/** Rule by rule: lower is worse. */
export interface Worth {
  readonly rank: number;
  readonly words: string;
}

/** The most severe privilege of these rules; undefined for no rules. */
export function worstOf(rules: readonly Rule[], scope: Scope): Worth | undefined {
  return rules.map((rule) => worthOf(rule, scope)).sort((a, b) => a.rank - b.rank)[0];
}

function worthOf(rule: Rule, scope: Scope): Worth {
  const rank = DANGERS.findIndex(({ isIn }) => isIn(rule, scope));
  const danger = DANGERS[rank];
  const named = rule.resourceNames.length > 0 ? " (named objects only)" : "";
  if (danger !== undefined) return { rank, words: `${danger.words}${named}` };
  const reads = rule.verbs.every((verb) => READ.includes(verb));
  const wild = [rule.verbs, rule.apiGroups, rule.resources].some((values) => values.includes("*"));
  const things = rule.nonResourceURLs.length > 0 ? rule.nonResourceURLs : rule.resources;
  return {
    rank: DANGERS.length + (wild ? 0 : reads ? 2 : 1),
    words: `${listed(rule.verbs)} ${listed(things)}${named}`,
  };
}

/** The author of a role chooses its length; messages are bounded. */
const MAX_LISTED = 3;
const MAX_LENGTH = 80;

function listed(values: readonly string[]): string {
  const shown = values
    .slice(0, MAX_LISTED)
    .map((value) => printable(value))
    .join(", ");
  return values.length > MAX_LISTED ? `${shown} and ${values.length - MAX_LISTED} more` : shown;
}

/** RBAC names and rules may hold any character. */
export const printable = (text: string, length: number = MAX_LENGTH): string =>
  text.replace(/[^\x20-\x7e]/g, "?").slice(0, length);
