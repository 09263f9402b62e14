/** What accounts used, by lines as an API server writes them, and what of it a workload may have. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { permissions as schema } from "../crds/v1alpha1/permissions.ts";
import { AuditedUses } from "./audit-log.ts";
import { isUsed, rightsOf, sayRule, undeclared, unusedOf } from "./permissions.ts";

interface Did {
  readonly verb: string;
  readonly resource: string;
  readonly name?: string;
  readonly group?: string;
  readonly namespace?: string;
  readonly subresource?: string;
  readonly code?: number;
  readonly stage?: string;
  readonly user?: string;
}

const line = ({ verb, resource, name, group, namespace = "shop", subresource, code = 200, stage, user }: Did): string =>
  JSON.stringify({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: "7f0c",
    stage: stage ?? "ResponseComplete",
    requestURI: "/",
    verb,
    user: {
      username: user ?? "system:serviceaccount:shop:api",
      groups: ["system:serviceaccounts"],
      extra: { "authentication.kubernetes.io/pod-name": ["api-7d9f8b6c5-x2v4q"] },
    },
    objectRef: { resource, namespace, name, apiGroup: group, apiVersion: "v1", subresource },
    responseStatus: { metadata: {}, code },
  });

function uses(...did: readonly Did[]) {
  const audited = new AuditedUses();
  for (const one of did) audited.read(line(one));
  return audited;
}

const allUses = (...did: readonly Did[]) => uses(...did).uses();

describe("the audit log", () => {
  test.each([
    ["what an account did", { verb: "get", resource: "pods" }, "read"],
    ["what RBAC refused", { verb: "get", resource: "pods", code: 403 }, "refused"],
    ["what is not over", { verb: "get", resource: "pods", stage: "RequestReceived" }, "passed over"],
    ["a watch that begins", { verb: "watch", resource: "pods", stage: "ResponseStarted" }, "read"],
    ["what a person did", { verb: "get", resource: "pods", user: "jane" }, "passed over"],
    ["what was not found, and would have been had", { verb: "get", resource: "pods", code: 404 }, "read"],
  ] as const)("tells %s", (_what, did, expected) => {
    expect(new AuditedUses().read(line(did))).toBe(expected);
  });

  test.each(["", "{", "[]", '{"a":1}', "null"])("has broken lines: %s", (broken) => {
    expect(new AuditedUses().read(broken)).toBe("broken");
  });

  test("adds up what was done to one resource, and by which pods", () => {
    const [use, ...others] = allUses(
      { verb: "get", resource: "configmaps", name: "a" },
      { verb: "get", resource: "configmaps", name: "b" },
      { verb: "list", resource: "configmaps" },
    );
    expect(others).toEqual([]);
    expect([...(use?.verbs ?? [])].map(([verb, names]) => [verb, [...names]])).toEqual([
      ["get", ["a", "b"]],
      ["list", []],
    ]);
    expect(use?.runner).toBe("api");
  });

  test("keeps refusals apart", () => {
    const audited = uses({ verb: "list", resource: "nodes", namespace: "", code: 403 });
    expect(audited.uses()).toEqual([]);
    expect(audited.refusals()).toMatchObject([{ account: "shop/api", resource: "nodes" }]);
  });
});

describe("permissions", () => {
  const rights = (...did: readonly Did[]) => rightsOf(allUses(...did), "shop");

  test("read without names, and change what they named", () => {
    const { permissions, decisions } = rights(
      { verb: "get", resource: "configmaps", name: "a" },
      { verb: "watch", resource: "configmaps" },
      { verb: "update", resource: "configmaps", name: "b" },
      { verb: "patch", resource: "configmaps", name: "c" },
      { verb: "get", resource: "pods", subresource: "log", name: "x" },
    );
    expect(permissions).toEqual([
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "watch"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["patch", "update"], resourceNames: ["b", "c"] },
      { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    ]);
    expect(decisions).toEqual([]);
    expect(schema.safeParse(permissions).success).toBe(true);
  });

  test("are one entry for resources of which the same was used", () => {
    const read = (resource: string) => ({ verb: "list", resource });
    expect(rights(read("services"), read("pods"), read("endpoints")).permissions).toEqual([
      { apiGroups: [""], resources: ["endpoints", "pods", "services"], verbs: ["list"] },
    ]);
  });

  test.each([
    [
      "Secrets by their names, with a grant",
      { verb: "get", resource: "secrets", name: "db" },
      1,
      /grant of the platform team/,
    ],
    [
      "custom resources, with a grant",
      { verb: "patch", resource: "widgets", group: "example.com" },
      1,
      /grant of the platform team/,
    ],
    ["no list of Secrets", { verb: "list", resource: "secrets" }, 0, /cannot be had/],
    ["nothing that enters pods", { verb: "create", resource: "pods", subresource: "exec" }, 0, /cannot be had/],
    ["nothing of other namespaces", { verb: "get", resource: "pods", namespace: "bank" }, 0, /in bank was used/],
    [
      "no writes of the cluster",
      { verb: "patch", resource: "nodes", namespace: "" },
      0,
      /of the whole cluster was used/,
    ],
    [
      "no ConfigMaps of the cluster",
      { verb: "list", resource: "configmaps", namespace: "" },
      0,
      /of the whole cluster was used/,
    ],
    [
      "reads of the cluster, by their own list",
      { verb: "list", resource: "nodes", namespace: "" },
      0,
      /clusterReads: nodes needs a grant/,
    ],
  ])("are of %s", (_what, did, count, decision) => {
    const { permissions, decisions } = rights(did);
    expect(permissions).toHaveLength(count);
    expect(decisions).toEqual([expect.stringMatching(decision)]);
  });

  test("of more names than an entry takes are a person's to write", () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      verb: "delete",
      resource: "configmaps",
      name: `n${index}`,
    }));
    expect(rights(...many)).toMatchObject({ permissions: [], decisions: [expect.stringContaining("on 40 names")] });
  });

  test("of the whole cluster are reads by name, apart from what is written there", () => {
    const { clusterReads, decisions } = rights(
      { verb: "watch", resource: "pods", namespace: "" },
      { verb: "list", resource: "ingresses", group: "networking.k8s.io", namespace: "" },
      { verb: "delete", resource: "pods", namespace: "" },
    );
    expect(clusterReads).toEqual(["ingresses.networking.k8s.io", "pods"]);
    expect(decisions.join("\n")).toMatch(/delete on pods of the whole cluster/);
    expect(decisions.join("\n")).not.toMatch(/watch.* on pods/);
  });
});

describe("beside what a draft declares", () => {
  const declared = [
    { apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
  ];
  const used = [
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["watch"] },
  ];

  test("what is not covered is undeclared, and an entry of which nothing was used is unused", () => {
    expect(undeclared(used, declared)).toEqual([used[1]]);
    expect(declared.map((entry) => isUsed(entry, used))).toEqual([true, false]);
  });
});

describe("what roles grant", () => {
  const rbac = (kind: string, name: string, rest: object, namespace?: string): KubeObject => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    ...rest,
  });
  const bound = (role: string, name: string, subject: object = { kind: "ServiceAccount", name: "api" }) => ({
    roleRef: { kind: role, name },
    subjects: [subject],
  });
  const rules = [
    { apiGroups: [""], resources: ["pods", "configmaps"], verbs: ["get", "list", "delete"] },
    { apiGroups: ["apps"], resources: ["*"], verbs: ["*"] },
  ];
  const unused = (objects: readonly KubeObject[], ...did: readonly Did[]) =>
    unusedOf("shop/api", allUses(...did), objects).map(({ by, rules: rest }) => [by, rest.map(sayRule)]);

  test("and nobody used is told, binding by binding", () => {
    const objects = [
      rbac("Role", "worker", { rules }, "shop"),
      rbac("RoleBinding", "worker", bound("Role", "worker"), "shop"),
      rbac("RoleBinding", "others", bound("Role", "worker", { kind: "ServiceAccount", name: "other" }), "shop"),
    ];
    const did = [
      { verb: "get", resource: "pods", name: "a" },
      { verb: "list", resource: "pods" },
      { verb: "get", resource: "configmaps", name: "a" },
    ];
    const found = unused(objects, ...did);
    expect(found.map(([by]) => by)).toEqual(["Role/shop/worker by RoleBinding/shop/worker"]);
    const words = found.flatMap(([, rest]) => rest).join("; ");
    expect(words).toContain("* on apps/*");
    expect(words).toMatch(/delete on .*pods/);
    expect(words).not.toMatch(/get.* on pods/);
  });

  test("in another namespace is not used by what was done here; over the cluster it is", () => {
    const role = rbac("ClusterRole", "view", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] });
    const elsewhere = rbac(
      "RoleBinding",
      "v",
      bound("ClusterRole", "view", { kind: "ServiceAccount", name: "api", namespace: "shop" }),
      "bank",
    );
    const everywhere = rbac(
      "ClusterRoleBinding",
      "v",
      bound("ClusterRole", "view", { kind: "Group", name: "system:serviceaccounts:shop" }),
    );
    const did = { verb: "get", resource: "pods" };
    expect(unused([role, elsewhere], did)).toEqual([["ClusterRole/view by RoleBinding/bank/v", ["get on pods"]]]);
    expect(unused([role, everywhere], did)).toEqual([]);
    expect(unused([role, everywhere])).toHaveLength(1);
    expect(unused([everywhere])).toEqual([]);
  });
});
