import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { stringify } from "yaml";
import { admissionObjects } from "../../src/admission/index.ts";
import { PERMISSION_MENU } from "../../src/crds/v1alpha1/permission-menu.ts";
import { DEFAULT_INSTALLATION, installationIn } from "../../src/installation.ts";
import type { PolicyRule } from "../../src/kubernetes/policy-rule.ts";
import { beyond, type Rule, rulesFrom } from "../../src/rbac/rule.ts";
import { policiesFor } from "../../src/reconcilers/admission/policies.ts";
import { rbacObjects } from "./rbac.ts";

const OBJECTS = rbacObjects(DEFAULT_INSTALLATION.namespace);

interface Bound extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

const bindings = OBJECTS.filter(({ kind }) => kind.endsWith("Binding")) as unknown as readonly Bound[];

/** Everything that is bound to an account. */
const rulesOf = (account: string): readonly PolicyRule[] =>
  bindings
    .filter(({ subjects }) => subjects.some(({ name }) => name === account))
    .flatMap(({ roleRef }) =>
      OBJECTS.filter(({ kind, metadata }) => kind === roleRef.kind && metadata.name === roleRef.name),
    )
    .flatMap((role) => role["rules"] as readonly PolicyRule[]);

/** `verb group/resource` of each right, with the names where it holds for some alone. */
const rightsOf = (account: string): readonly string[] =>
  rulesOf(account).flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => `${verb} ${group}/${resource}${resourceNames.length === 0 ? "" : " by name"}`),
      ),
    ),
  );

const { account: OPERATOR, keeper: KEEPER } = DEFAULT_INSTALLATION;
const WRITES = ["create", "update", "patch", "delete", "deletecollection"];

describe.each([OPERATOR, KEEPER])("the account %s", (account) => {
  const rights = rightsOf(account);

  test("has rights, and none by a wildcard", () => {
    expect(rights.length).toBeGreaterThan(5);
    expect(rights.filter((right) => right.includes("*"))).toEqual([]);
  });

  test("cannot become more, or somebody else", () => {
    const more = /^(escalate|bind|impersonate|approve|sign|attest|use) |serviceaccounts\/token|certificates\.k8s\.io/;
    expect(rights.filter((right) => more.test(right))).toEqual([]);
    const roles = /^(create|update|patch) rbac\.authorization\.k8s\.io\/cluster/;
    expect(rights.filter((right) => roles.test(right))).toEqual([]);
  });

  test("reads no Secret, makes no pod but by dry run, and enters none", () => {
    const forbidden =
      /\/secrets( by name)?$|^(create|update|patch|delete) \/persistentvolumes$|^(create|update|patch) \/(pods|replicationcontrollers|podtemplates)$|\/pods\/(exec|attach|portforward|proxy|ephemeralcontainers|resize|binding)|\/nodes\/|\/bindings$/;
    // RBAC knows no dry runs: palisade-operator refuses every other creation (test/integration/stolen-token).
    expect(rights.filter((right) => forbidden.test(right))).toEqual(account === OPERATOR ? ["create /pods"] : []);
  });

  test("writes no webhook, no definition and no API", () => {
    const kinds = /webhookconfigurations|mutatingadmission|apiextensions\.k8s\.io|apiservices$/;
    expect(rights.filter((right) => kinds.test(right) && WRITES.includes(right.split(" ")[0] ?? ""))).toEqual([]);
  });
});

test("the keeper updates its Lease by name alone; replicas of the operator have names that nobody knows beforehand", () => {
  const unnamed = (role: string) =>
    OBJECTS.filter(({ kind, metadata }) => kind === "Role" && metadata.name === role)
      .flatMap((object) => object["rules"] as readonly PolicyRule[])
      .filter(({ resourceNames = [] }) => resourceNames.length === 0)
      .map(({ verbs }) => verbs);
  expect(unnamed("palisade-admission")).toEqual([["create"]]);
  expect(unnamed("palisade-leader-election")).toEqual([
    ["get", "list", "create", "update", "delete"],
    // The probe of the control plane: admission holds it to its name.
    ["create"],
  ]);
});

test("the operator only reads admission policies", () => {
  const policies = rightsOf(OPERATOR).filter((right) => right.includes("admissionregistration.k8s.io/"));
  expect(new Set(policies.map((right) => right.split(" ")[0]))).toEqual(new Set(["get", "list", "watch"]));
});

test("the keeper has policies and its own Lease, and reads what policies read", () => {
  const others = rightsOf(KEEPER).filter((right) => !right.includes("admissionregistration.k8s.io/"));
  expect(others).toEqual([
    "create events.k8s.io/events",
    "patch events.k8s.io/events",
    "get palisade.dev/secureworkloads",
    "list palisade.dev/secureworkloads",
    "get palisade.dev/securitybaselines",
    "list palisade.dev/securitybaselines",
    "get palisade.dev/securityexceptions",
    "list palisade.dev/securityexceptions",
    "get rbac.authorization.k8s.io/clusterroles by name",
    "list rbac.authorization.k8s.io/clusterroles by name",
    "watch rbac.authorization.k8s.io/clusterroles by name",
    "get coordination.k8s.io/leases by name",
    "update coordination.k8s.io/leases by name",
    "create coordination.k8s.io/leases",
  ]);
});

test("the keeper may change every policy and binding that there is", () => {
  const named = rulesOf(KEEPER).flatMap(({ apiGroups, verbs, resourceNames = [] }) =>
    apiGroups.includes("admissionregistration.k8s.io") && verbs.includes("update") ? resourceNames : [],
  );
  const names = policiesFor(DEFAULT_INSTALLATION)
    .flatMap(admissionObjects)
    .map(({ metadata }) => metadata.name);
  expect(new Set(named)).toEqual(new Set(names));
});

describe("an installation in another namespace", () => {
  const elsewhere = (text: string): string => text.replaceAll(DEFAULT_INSTALLATION.namespace, "security");

  test("differs in the namespace of its accounts alone", () => {
    expect(stringify(rbacObjects("security"))).toBe(elsewhere(stringify(OBJECTS)));
  });

  test("has the same policies but for that name, which is what the guide on static policies replaces", () => {
    const text = (namespace: string): string =>
      stringify(policiesFor(installationIn(namespace)).flatMap(admissionObjects), { lineWidth: 0 });
    expect(text("security")).toBe(elsewhere(text(DEFAULT_INSTALLATION.namespace)));
    expect(text("security")).not.toContain(DEFAULT_INSTALLATION.namespace);
  });
});

test("the role of a team holds everything that a workload may ask for, since its author must hold it too", () => {
  const team = OBJECTS.find(({ metadata }) => metadata.name === "palisade-app-team");
  const rules = rulesFrom((team?.["rules"] ?? []) as readonly Partial<Rule>[]);
  const menu = Object.entries(PERMISSION_MENU).map(([entry, verbs]) => {
    const slash = entry.indexOf("/");
    return { verbs, apiGroups: [entry.slice(0, slash)], resources: [entry.slice(slash + 1)] };
  });
  expect(menu.length).toBeGreaterThan(10);
  expect(beyond(rulesFrom(menu), rules)).toEqual([]);
});
