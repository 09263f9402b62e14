import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { DEFAULT_INSTALLATION } from "../installation.ts";
import { type Bound, type Rbac, surplusOf } from "./excess.ts";
import { type Finding, findingsOf } from "./findings.ts";
import { shapeBinding, shapeRole } from "./records.ts";
import { rulesFrom } from "./rule.ts";
import { accountsOf, identitiesOf } from "./subjects.ts";

const WEB = { namespace: "shop", name: "web" };
const DECLARED = {
  home: rulesFrom([{ verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] }]),
  everywhere: rulesFrom([{ verbs: ["get", "list", "watch"], apiGroups: [""], resources: ["nodes", "services"] }]),
};

const meta = (name: string, manager: string, at: number, namespace?: string) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  managedFields: [
    {
      manager,
      operation: "Update",
      time: `2026-01-01T00:00:0${at}Z`,
      fieldsV1: { "f:rules": {}, "f:subjects": {}, "f:roleRef": {} },
    },
  ],
});

type Role = readonly [name: string, rules: readonly object[], more?: object];
interface Binding {
  readonly name: string;
  readonly namespace?: string;
  readonly role: string;
  readonly kind?: string;
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

const ACCOUNT = { kind: "ServiceAccount", ...WEB };
const group = (name: string) => ({ kind: "Group", name });
const SECRETS = { verbs: ["get"], apiGroups: [""], resources: ["secrets"] };
const ALL = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };

function state(roles: readonly Role[], bindings: readonly Binding[]): Rbac & { readonly all: readonly Bound[] } {
  const known = new Map(
    roles.map(([name, rules, more = {}]) => {
      const object = { apiVersion: "", kind: "", metadata: { ...meta(name, "author", 1) }, rules, ...more };
      return [name.includes("/") ? `Role/${name}` : `ClusterRole/${name}`, shapeRole(object as KubeObject, "palisade")];
    }),
  );
  const all = bindings.map(({ name, namespace, role, kind = "ClusterRole", subjects }): Bound => {
    const metadata = meta(name, "kubectl-create", 2, namespace);
    const object = { apiVersion: "", kind: "", metadata, roleRef: { kind, name: role }, subjects } as KubeObject;
    return {
      ...shapeBinding(object, "palisade", 0),
      kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
      key: namespace === undefined ? name : `${namespace}/${name}`,
      uid: name,
      isChild: false,
    };
  });
  return {
    all,
    naming: (subject) => all.filter(({ subjects }) => subjects.includes(subject)),
    role: (key) => known.get(key),
    clusterRoles: () => known.values(),
  };
}

describe("a surplus", () => {
  const found = (roles: readonly Role[], ...bindings: readonly Binding[]) =>
    surplusOf(WEB, DECLARED, state(roles, bindings)).map(({ binding, scope, driftCase, worst }) => [
      binding.key,
      scope,
      driftCase,
      worst.words,
    ]);

  test.each([
    { what: "the account", subject: ACCOUNT, number: "58" },
    { what: "the account as a user", subject: { kind: "User", name: "system:serviceaccount:shop:web" }, number: "58" },
    { what: "the accounts of its namespace", subject: group("system:serviceaccounts:shop"), number: "57" },
    { what: "all accounts", subject: group("system:serviceaccounts"), number: "57" },
    { what: "everybody", subject: group("system:authenticated"), number: "57" },
  ])("is found where a ClusterRoleBinding names $what", ({ subject, number }) => {
    expect(found([["r", [SECRETS]]], { name: "b", role: "r", subjects: [subject] })).toEqual([
      ["b", "cluster", number, "read Secrets"],
    ]);
  });

  test.each([
    { what: "another account", subject: { ...ACCOUNT, name: "other" } },
    { what: "the same account elsewhere", subject: { ...ACCOUNT, namespace: "elsewhere" } },
    { what: "the accounts of another namespace", subject: group("system:serviceaccounts:elsewhere") },
    { what: "whoever is not logged in", subject: group("system:unauthenticated") },
    { what: "an account without a namespace", subject: { kind: "ServiceAccount", name: "web" } },
    { what: "a group that is called like it", subject: group("system:serviceaccount:shop:web") },
  ])("is none where $what is named", ({ subject }) => {
    expect(found([["r", [SECRETS]]], { name: "b", role: "r", subjects: [subject] })).toEqual([]);
  });

  test("is none where the role is declared, not there, or what everybody has", () => {
    const discovery = { verbs: ["get"], nonResourceURLs: ["/api/*", "/healthz"] };
    expect(
      found(
        [
          ["shop/own", [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }]],
          ["discovery", [discovery]],
        ],
        { name: "a", namespace: "shop", kind: "Role", role: "own", subjects: [ACCOUNT] },
        { name: "b", role: "gone", subjects: [ACCOUNT] },
        { name: "c", role: "discovery", subjects: [group("system:authenticated")] },
      ),
    ).toEqual([]);
  });

  test("is none where what is read in the whole cluster is declared, there or in any namespace, and the rest of a role beyond it is", () => {
    const reads = { verbs: ["list", "watch"], apiGroups: [""], resources: ["nodes"] };
    const services = { verbs: ["get"], apiGroups: [""], resources: ["services"] };
    const everywhere = { name: "b", role: "r", subjects: [ACCOUNT] };
    const there = { name: "there", namespace: "edge", role: "r", subjects: [ACCOUNT] };
    expect(found([["r", [reads, services]]], everywhere, there)).toEqual([]);
    expect(found([["r", [reads, SECRETS]]], everywhere)).toEqual([["b", "cluster", "58", "read Secrets"]]);
    expect(found([["r", [{ ...reads, verbs: ["list", "delete"] }]]], everywhere)).toHaveLength(1);
  });

  test("is none where OpenShift lets accounts pull its own images, and all that the same role says beyond", () => {
    const layers = { verbs: ["get"], apiGroups: ["", "image.openshift.io"], resources: ["imagestreams/layers"] };
    const pulls = { name: "system:image-pullers", namespace: "shop", role: "system:image-puller" };
    const toAccounts = { ...pulls, subjects: [group("system:serviceaccounts:shop")] };
    expect(found([["system:image-puller", [layers]]], toAccounts)).toEqual([]);
    expect(found([["system:image-puller", [layers, SECRETS]]], toAccounts)).toEqual([
      ["shop/system:image-pullers", "namespace", "57", "read Secrets"],
    ]);
  });

  test("is what is declared, where it holds elsewhere too", () => {
    const pods: Role = ["pods", [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }]];
    expect(
      found(
        [pods],
        { name: "b", namespace: "elsewhere", role: "pods", subjects: [ACCOUNT] },
        { name: "c", role: "pods", subjects: [ACCOUNT] },
      ),
    ).toEqual([
      ["c", "cluster", "58", "get pods"],
      ["elsewhere/b", "namespace", "56", "get pods"],
    ]);
  });

  test("in a namespace holds no URLs", () => {
    const urls: Role = ["urls", [{ verbs: ["get"], nonResourceURLs: ["/metrics"] }]];
    expect(found([urls], { name: "b", namespace: "shop", role: "urls", subjects: [ACCOUNT] })).toEqual([]);
    expect(found([urls], { name: "b", role: "urls", subjects: [ACCOUNT] })).toHaveLength(1);
  });

  test("that is the worst stands first, and a binding that names it twice counts once", () => {
    expect(
      found(
        [
          ["all", [ALL]],
          ["some", [SECRETS]],
        ],
        { name: "a", role: "some", subjects: [ACCOUNT, group("system:serviceaccounts")] },
        { name: "z", role: "all", subjects: [ACCOUNT] },
      ).map(([name]) => name),
    ).toEqual(["z", "a"]);
  });

  test("of an aggregated role names its labels, and whoever wrote the newest part of it, case 59", () => {
    const selector = { matchLabels: { "example.com/aggregate-to-ops": "true" } };
    const part = { metadata: { ...meta("part", "kubectl-edit", 9), labels: selector.matchLabels } };
    const rbac = state(
      [
        ["ops", [SECRETS], { aggregationRule: { clusterRoleSelectors: [selector] } }],
        ["part", [SECRETS], part],
        ["other", [ALL]],
      ],
      [{ name: "b", role: "ops", subjects: [ACCOUNT] }],
    );
    expect(surplusOf(WEB, DECLARED, rbac)).toMatchObject([
      { driftCase: "59", feeds: "example.com/aggregate-to-ops=true", changedBy: { manager: "kubectl-edit" } },
    ]);
  });
});

describe("findings", () => {
  const ALICE = { kind: "User", name: "alice" };
  const EDIT: Role = ["edit", [{ verbs: ["impersonate"], apiGroups: [""], resources: ["serviceaccounts"] }, SECRETS]];
  const found = (roles: readonly Role[], ...bindings: readonly Binding[]): readonly Finding[] => {
    const rbac = state(roles, bindings);
    return findingsOf(rbac.all, rbac, (namespace) => namespace.startsWith("shop"), accountsOf(DEFAULT_INSTALLATION));
  };

  test("tell who may what, once for each subject, the widest way first", () => {
    const nodes: Role = ["nodes", [{ verbs: ["get"], apiGroups: [""], resources: ["nodes/proxy"] }]];
    expect(
      found(
        [EDIT, nodes],
        { name: "b", namespace: "shop-2", role: "edit", subjects: [ALICE] },
        { name: "a", namespace: "shop", role: "edit", subjects: [ALICE] },
        { name: "n", role: "nodes", subjects: [group("monitoring")] },
      ),
    ).toEqual([
      {
        driftCase: "67",
        subject: "Group monitoring",
        via: "ClusterRoleBinding/n to ClusterRole/nodes",
        scope: "cluster",
        more: 0,
      },
      {
        driftCase: "62",
        subject: "User alice",
        via: "RoleBinding/shop-2/b to ClusterRole/edit",
        scope: "namespace",
        more: 1,
      },
      {
        driftCase: "65",
        subject: "User alice",
        via: "RoleBinding/shop-2/b to ClusterRole/edit",
        scope: "namespace",
        more: 1,
      },
    ]);
  });

  test.each([
    {
      what: "a namespace without workloads",
      binding: { name: "b", namespace: "else", role: "edit", subjects: [ALICE] },
    },
    { what: "system:masters", binding: { name: "b", role: "edit", subjects: [group("system:masters")] } },
    { what: "nodes", binding: { name: "b", role: "edit", subjects: [group("system:nodes")] } },
    {
      what: "a controller of the control plane",
      binding: {
        name: "b",
        role: "system:controller:expand-controller",
        subjects: [{ kind: "ServiceAccount", namespace: "kube-system", name: "expand-controller" }],
      },
    },
  ])("leave out $what", ({ binding }) => {
    expect(found([EDIT, ["system:controller:expand-controller", [SECRETS]]], binding)).toEqual([]);
  });

  test("leave out Secrets that a role names, and nodes that a namespace cannot give", () => {
    const named: Role = ["named", [{ ...SECRETS, resourceNames: ["tls"] }]];
    const nodes: Role = ["nodes", [{ verbs: ["get"], apiGroups: [""], resources: ["nodes/proxy"] }]];
    expect(
      found(
        [named, nodes],
        { name: "a", namespace: "shop", role: "named", subjects: [ALICE] },
        { name: "b", namespace: "shop", role: "nodes", subjects: [ALICE] },
      ),
    ).toEqual([]);
  });

  test("and the rights of a thousand accounts look at each of their bindings once, and at a role's rules once for all", () => {
    const bindings = Array.from(
      { length: 1_000 },
      (_, index): Binding => ({
        name: `b${index}`,
        namespace: `shop-${index % 100}`,
        role: "edit",
        subjects: [{ kind: "ServiceAccount", name: `web-${index}` }],
      }),
    );
    const known = state([EDIT], bindings);
    const bySubject = Map.groupBy(known.all, ({ subjects }) => subjects[0] ?? "");
    const counted = { naming: 0, role: 0, clusterRoles: 0, rules: 0 };
    const edit = known.role("ClusterRole/edit");
    const rules = new Proxy(edit?.rules ?? [], {
      get: (target, key, receiver) => {
        if (key === "length") counted.rules += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    const rbac: Rbac = {
      naming: (subject) => {
        counted.naming += 1;
        return bySubject.get(subject) ?? [];
      },
      role: (key) => {
        counted.role += 1;
        return edit === undefined || key !== "ClusterRole/edit" ? undefined : { ...edit, rules };
      },
      clusterRoles: () => {
        counted.clusterRoles += 1;
        return known.clusterRoles();
      },
    };
    expect(findingsOf(known.all, rbac, () => true, new Set())).toHaveLength(2_000);
    expect(counted.role).toBe(1_000);
    // Once for each danger that is looked for, however many bindings lead to the role.
    expect(counted.rules).toBeLessThan(50);
    let found = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const account = { namespace: `shop-${index % 100}`, name: `web-${index}` };
      found += surplusOf(account, DECLARED, rbac).length;
    }
    expect(found).toBe(1_000);
    expect(counted).toMatchObject({ role: 2_000, clusterRoles: 0, naming: 1_000 * identitiesOf(WEB).length });
    expect(counted.rules).toBeLessThan(100);
  });
});
