/** What roles and bindings become: permissions of the namespace, reads of the whole cluster, and what the platform team would grant. */
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { app, converted, isTaken, specOf } from "../../test/support/conversions.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

const account = { kind: "ServiceAccount", name: "exporter", namespace: "shop" };
const deployment = app({ name: "exporter", namespace: "shop", pod: { serviceAccountName: "exporter" } });

const bound = (rules: readonly object[]) =>
  converted(
    deployment,
    { apiVersion: RBAC, kind: "ClusterRole", metadata: { name: "exporter" }, rules },
    {
      apiVersion: RBAC,
      kind: "ClusterRoleBinding",
      metadata: { name: "exporter" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "exporter" },
      subjects: [account],
    },
  );

const grantsIn = ({ platform }: { readonly platform: readonly KubeObject[] }): unknown =>
  (platform[0]?.["spec"] as { readonly permissions?: unknown } | undefined)?.permissions;

test("reads of the whole cluster are declared as that, and proposed to the platform team", () => {
  const conversion = bound([
    { apiGroups: [""], resources: ["nodes", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] },
  ]);
  expect(specOf(conversion, "exporter")["clusterReads"]).toEqual(["nodes", "namespaces", "deployments.apps"]);
  expect(grantsIn(conversion)).toEqual([
    {
      namespace: "shop",
      workloads: ["exporter"],
      clusterReads: ["deployments.apps", "namespaces", "nodes"],
      reason: "had by its role before",
    },
  ]);
  expect(isTaken(conversion)).toBe(true);
});

test("what holds Secrets, writes, or means objects by name is none of them", () => {
  const conversion = bound([
    { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
    { apiGroups: [""], resources: ["services"], resourceNames: ["web"], verbs: ["get"] },
  ]);
  expect(specOf(conversion, "exporter")["clusterReads"]).toBeUndefined();
  expect(specOf(conversion, "exporter")["permissions"]).toEqual([
    { apiGroups: [""], resources: ["configmaps"], verbs: ["list"] },
    { apiGroups: [""], resources: ["services"], verbs: ["get"], resourceNames: ["web"] },
  ]);
});
