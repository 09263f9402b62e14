import { expect, test } from "@jest/globals";
import { PERMISSION_TABLE, PERMISSION_VERBS } from "../crds/v1alpha1/permission-menu.ts";
import { DANGERS, type Scope, worstOf } from "./privileges.ts";
import { type Rule, rulesFrom } from "./rule.ts";

const on = (group: string, resource: string, ...verbs: readonly string[]): Partial<Rule> => ({
  verbs,
  apiGroups: [group],
  resources: [resource],
});
const RBAC = "rbac.authorization.k8s.io";
const worst = (scope: Scope, ...rules: readonly Partial<Rule>[]) => worstOf(rulesFrom(rules), scope);

/** The worst first. */
const LADDER: readonly (readonly [words: string, rule: Partial<Rule>])[] = [
  ["do everything", on("*", "*", "*")],
  ["grant itself any permission (escalate, bind)", on(RBAC, "clusterroles", "bind")],
  ["impersonate others", on("", "serviceaccounts", "impersonate")],
  ["run commands in every pod through nodes/proxy", on("", "nodes/proxy", "get")],
  ["read Secrets", on("", "secrets", "watch")],
  ["create tokens of ServiceAccounts", on("", "serviceaccounts/token", "create")],
  ["run commands in pods", on("", "pods/exec", "create")],
  ["create pods", on("apps", "deployments", "patch")],
  ["change roles and bindings", on(RBAC, "rolebindings", "create")],
  ["change the admission configuration", on("", "namespaces", "patch")],
  ["* widgets", on("example.com", "widgets", "*")],
  ["delete configmaps", on("", "configmaps", "delete")],
  ["get configmaps", on("", "configmaps", "get")],
];

test("rights are told of by the worst of them", () => {
  LADDER.forEach(([words], index) => {
    const rest = LADDER.slice(index).map(([, rule]) => rule);
    expect(worst("cluster", ...rest.reverse())?.words).toBe(words);
  });
});

test.each([
  {
    what: "the finer verb for accounts",
    rule: on("authentication.k8s.io", "serviceaccounts", "impersonate:serviceaccount"),
  },
  { what: "users", rule: on("", "users", "impersonate") },
  { what: "every verb on everything of the core group", rule: on("", "*", "*") },
])("to impersonate others counts by $what", ({ rule }) => {
  expect(worst("cluster", rule)?.words).toBe("impersonate others");
});

test.each([
  { what: "nodes/proxy", rule: on("", "nodes/proxy", "get"), words: "get nodes/proxy" },
  { what: "to impersonate users", rule: on("", "users", "impersonate"), words: "impersonate users" },
  { what: "namespaces", rule: on("", "namespaces", "patch"), words: "patch namespaces" },
])("in a namespace nobody is given $what", ({ rule, words }) => {
  expect(worst("namespace", rule)?.words).toBe(words);
});

test("a right on objects of some names says so, and no rights are nothing", () => {
  expect(worst("namespace", { ...on("", "secrets", "get"), resourceNames: ["tls"] })?.words).toBe(
    "read Secrets (named objects only)",
  );
  expect(worst("namespace")).toBeUndefined();
});

test("what a role's author wrote is bounded, and cannot break a line", () => {
  const rule = { verbs: ["a\nb", "c", "d", "e"], apiGroups: ["x"], resources: ["r".repeat(500)] };
  expect(worst("cluster", rule)?.words).toBe(`a?b, c, d and 1 more ${"r".repeat(80)}`);
});

test("nothing that a workload may have, by the menu or by a grant, is a way around SecureWorkloads", () => {
  const table = Object.entries(PERMISSION_TABLE).map(([entry, { verbs }]) => {
    const slash = entry.indexOf("/");
    return { verbs, apiGroups: [entry.slice(0, slash)], resources: [entry.slice(slash + 1)], resourceNames: ["a"] };
  });
  const custom = { verbs: PERMISSION_VERBS, apiGroups: ["example.com"], resources: ["things", "things/status"] };
  const ways = rulesFrom([...table, custom]).flatMap((rule) =>
    DANGERS.filter(({ isIn }) => isIn(rule, "namespace")).map(({ words }) => `${words}: ${rule.resources.join()}`),
  );
  // By name alone, as the schema has it; RBACNarrow counts whoever reads all of them.
  expect(ways).toEqual(["read Secrets: secrets"]);
});
