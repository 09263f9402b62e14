import { describe, expect, test } from "@jest/globals";
import { detected } from "../../test/support/detected.ts";
import { BEFORE, type Governed, governed } from "../../test/support/governed.ts";
import { SECURITY_BASELINE } from "../crds/group.ts";
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE_BINDING } from "../kubernetes/kinds.ts";
import { roleBindings } from "./role-bindings.ts";

const ACCOUNT = { kind: "ServiceAccount", name: "web", namespace: "shop" };
const GROUP = { kind: "Group", name: "system:serviceaccounts:shop" };
const admin = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "strong" };

function withRole(): Governed {
  const world = governed();
  world.foreign(CLUSTER_ROLE, "strong", {
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }],
  });
  return world;
}

const find = (world: Governed) => detected(roleBindings, world);
const OWN = "binds a role to this workload's ServiceAccount";
const ALL = "binds a role to the ServiceAccounts of this namespace";

test("one that names the account is found, case 56", () => {
  const world = withRole();
  world.foreign(ROLE_BINDING, "strong", { roleRef: admin, subjects: [ACCOUNT, { kind: "User", name: "bob" }] });
  expect(find(world)).toEqual([`56 RoleBinding/shop/strong: ${OWN}`]);
});

test("one that has a child's name is compared as that child", () => {
  const world = withRole();
  world.declare("web", { permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] });
  world.foreign(ROLE_BINDING, "palisade:web", { roleRef: admin, subjects: [ACCOUNT] }, { creationTimestamp: BEFORE });
  expect(world.state.childrenOf(ROLE_BINDING).get("shop/palisade:web")).toMatchObject({ comparison: "nameConflict" });
  expect(find(world)).toEqual([]);
});

describe("one of the namespace to the group of its accounts, case 57", () => {
  const grouped = (world: Governed, ...more: readonly object[]) =>
    world.foreign(ROLE_BINDING, "all", { roleRef: admin, subjects: [GROUP, ...more] });

  test("is found", () => {
    const world = withRole();
    grouped(world);
    expect(find(world)).toEqual([`57 RoleBinding/shop/all: ${ALL}`]);
  });

  test("is left alone with a person in it", () => {
    const world = withRole();
    grouped(world, { kind: "User", name: "bob" });
    expect(find(world)).toEqual([]);
  });
});

describe("one for the whole cluster, case 58", () => {
  const bound = (world: Governed, ...more: readonly object[]) =>
    world.foreign(CLUSTER_ROLE_BINDING, "wide", { roleRef: admin, subjects: [ACCOUNT, ...more] });
  const baseline = (world: Governed) =>
    world.put(SECURITY_BASELINE, {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityBaseline",
      metadata: { name: "cluster" },
      spec: { offenders: { clusterBindings: "Delete" } },
    });

  test("is reported, and stays", () => {
    const world = withRole();
    bound(world);
    expect(find(world)).toEqual([]);
  });

  test("is found where the platform team says so", () => {
    const world = withRole();
    world.serve(SECURITY_BASELINE, true);
    baseline(world);
    bound(world);
    expect(find(world)).toEqual([`58 ClusterRoleBinding/wide: ${OWN}`]);
    bound(world, { kind: "User", name: "bob" });
    expect(find(world)).toEqual([]);
  });
});
