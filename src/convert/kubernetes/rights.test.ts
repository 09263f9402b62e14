/** Roles as permissions, and what of them the platform team is asked for. */
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { app, converted, decisionsOf, isTaken, plainly, specOf } from "../../../test/support/conversions.ts";
import { parseSecurityBaseline } from "../../crds/v1alpha1/security-baseline.ts";

const withRole = (...rules: readonly object[]) =>
  converted(
    app({ pod: { serviceAccountName: "controller" } }),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "r" },
      rules,
    } as unknown as KubeObject,
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "b" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [{ kind: "ServiceAccount", name: "controller" }],
    } as unknown as KubeObject,
  );

const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };
const THINGS = { apiGroups: ["example.com"], resources: ["things", "things/status"], verbs: ["get", "update"] };
const SECRET = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["repository"] };

test("custom resources and Secrets by name are declared, and asked of the platform team", () => {
  const conversion = withRole({ ...SECRET, resources: ["pods", "secrets"] }, PODS, THINGS);
  expect(specOf(conversion)["permissions"]).toEqual([{ ...SECRET, resources: ["pods"] }, SECRET, PODS, THINGS]);
  expect(isTaken(conversion)).toBe(true);
  const [baseline] = conversion.platform.map(plainly);
  expect(baseline?.["spec"]).toMatchObject({
    permissions: [
      { namespace: "default", workloads: ["web"], rules: [SECRET, THINGS], reason: "had by its role before" },
    ],
  });
  expect(parseSecurityBaseline(baseline)).toMatchObject({ ok: true });
});

test("what nobody may have is told, and not asked for", () => {
  const conversion = withRole(
    PODS,
    { ...SECRET, resourceNames: [] },
    { ...SECRET, verbs: ["list"] },
    { apiGroups: ["example.com"], resources: ["*", "things/exec"], verbs: ["get"] },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create"] },
  );
  expect(specOf(conversion)["permissions"]).toEqual([PODS]);
  expect(decisionsOf(conversion)).toHaveLength(5);
  expect(JSON.stringify(conversion.platform)).not.toContain("permissions");
});

test("Events are changed without a name: nobody knows one before", () => {
  const events = { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] };
  const conversion = withRole(events);
  expect(specOf(conversion)["permissions"]).toEqual(
    events.apiGroups.map((group) => ({ ...events, apiGroups: [group] })),
  );
  expect(isTaken(conversion)).toBe(true);
  expect(decisionsOf(conversion)).toEqual([]);
});

const bound = (role: object, ...workloads: readonly KubeObject[]) => {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" };
  const subjects = [{ kind: "ServiceAccount", name: "controller", namespace: "a" }];
  return converted(
    ...workloads,
    { apiVersion, kind: "ClusterRole", metadata: { name: "r" }, ...role } as unknown as KubeObject,
    { apiVersion, kind: "ClusterRoleBinding", metadata: { name: "b" }, roleRef, subjects } as unknown as KubeObject,
  );
};
const controller = (namespace: string) => app({ namespace, pod: { serviceAccountName: "controller" } });

test("an account of the same name in another namespace has no rights of it", () => {
  const conversion = bound({ rules: [PODS] }, controller("a"), controller("b"));
  const [baseline] = conversion.platform.map(plainly);
  const spec = baseline?.["spec"] as { readonly permissions?: readonly { readonly namespace: string }[] } | undefined;
  expect(spec?.permissions?.map(({ namespace }) => namespace)).toEqual(["a"]);
});

test("rules that a ClusterRole gathers are asked for", () => {
  const conversion = bound(
    { rules: [], aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } },
    controller("a"),
  );
  expect(decisionsOf(conversion)).toEqual(
    expect.arrayContaining([expect.stringContaining("gathers the rules of other ClusterRoles")]),
  );
  expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
});
