/** What the operator holds of what is granted, as bindings to its account come and go. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { aClusterState, type ClusterStateFixture } from "../../../test/support/cluster-state.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { API_VERSION, SECURE_WORKLOAD, SECURITY_BASELINE } from "../../crds/group.ts";
import { DEFAULT_INSTALLATION } from "../../installation.ts";
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING } from "../../kubernetes/kinds.ts";
import { operatorSubject } from "../../rbac/subjects.ts";
import { permissionText } from "../../state/grants/permissions.ts";
import { grantsInForce } from "./permission-grants.ts";

const { namespace: OWN, account } = DEFAULT_INSTALLATION;
const THINGS = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get", "update"] };
const SECRET = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["repository"] };

let fixture: ClusterStateFixture;
let changes: number;

beforeEach(() => {
  fixture = aClusterState();
  changes = 0;
  fixture.state.rights.onChangeOf(operatorSubject(DEFAULT_INSTALLATION), () => {
    changes += 1;
  });
  fixture.put(SECURITY_BASELINE, {
    apiVersion: API_VERSION,
    metadata: { name: "cluster" },
    spec: { permissions: [{ namespace: "shop", workloads: ["web"], rules: [THINGS, SECRET], reason: "needed" }] },
  });
});

const held = (namespace = "shop"): readonly string[] =>
  (fixture.state.platform(namespace).permissions ?? []).flatMap((grant) => grant.held.map(permissionText));

const OPERATOR = { kind: "ServiceAccount", name: account, namespace: OWN };
const binding = (roleRef: object, subjects: readonly object[], namespace?: string) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  metadata: { name: "grants", ...(namespace === undefined ? {} : { namespace }) },
  roleRef,
  subjects,
});
const toClusterRole = { kind: "ClusterRole", name: "things" };
const clusterRole = (...rules: readonly object[]) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  metadata: { name: "things" },
  rules,
});

describe("what is granted", () => {
  test("is held by nobody until the operator is bound in that very namespace", () => {
    fixture.put(CLUSTER_ROLE, clusterRole(THINGS));
    expect(held()).toEqual([]);
    fixture.put(ROLE_BINDING, binding(toClusterRole, [OPERATOR], "edge"));
    expect(held()).toEqual([]);
    const other = { kind: "ServiceAccount", name: "other", namespace: OWN };
    fixture.put(ROLE_BINDING, binding(toClusterRole, [other], "shop"));
    expect([held(), changes]).toEqual([[], 1]);
    fixture.put(ROLE_BINDING, binding(toClusterRole, [other, OPERATOR], "shop"));
    expect([held(), changes]).toEqual([["get, update things.example.com"], 2]);
    expect(fixture.state.platform("edge").permissions).toBeUndefined();
  });

  test("is held as a whole or not, and ends with the binding, the role, or a rule of it", () => {
    const bound = fixture.put(ROLE_BINDING, binding(toClusterRole, [OPERATOR], "shop"));
    fixture.put(CLUSTER_ROLE, clusterRole({ ...THINGS, verbs: ["get"] }));
    expect(held()).toEqual([]);
    const role = fixture.put(CLUSTER_ROLE, clusterRole({ ...THINGS, verbs: ["get", "list", "update"] }, SECRET));
    expect(held()).toEqual(["get, update things.example.com", "get secrets (repository)"]);
    fixture.put(CLUSTER_ROLE, clusterRole(SECRET));
    expect(held()).toEqual(["get secrets (repository)"]);
    fixture.remove(CLUSTER_ROLE, role);
    expect(held()).toEqual([]);
    fixture.put(CLUSTER_ROLE, clusterRole(SECRET));
    expect(held()).toEqual(["get secrets (repository)"]);
    fixture.remove(ROLE_BINDING, bound);
    expect(held()).toEqual([]);
  });

  test("is held by a Role of the namespace, by the account's user name, and by what binds it for the cluster", () => {
    fixture.put(ROLE, {
      ...clusterRole({ ...SECRET, resourceNames: ["other"] }),
      metadata: { name: "r", namespace: "shop" },
    });
    const user = { kind: "User", name: `system:serviceaccount:${OWN}:${account}` };
    fixture.put(ROLE_BINDING, binding({ kind: "Role", name: "r" }, [user], "shop"));
    expect(held()).toEqual([]);
    fixture.put(ROLE, { ...clusterRole({ ...SECRET, resourceNames: [] }), metadata: { name: "r", namespace: "shop" } });
    expect(held()).toEqual(["get secrets (repository)"]);
    fixture.put(CLUSTER_ROLE, clusterRole(THINGS));
    fixture.put(CLUSTER_ROLE_BINDING, binding(toClusterRole, [OPERATOR]));
    expect(held()).toHaveLength(2);
  });

  test("changes nothing for anybody where the bindings of others change", () => {
    const before = fixture.state.platform("shop");
    fixture.put(CLUSTER_ROLE, clusterRole(THINGS));
    fixture.put(ROLE_BINDING, binding(toClusterRole, [{ kind: "User", name: "alice" }], "shop"));
    expect(fixture.state.platform("shop")).toBe(before);
    expect(changes).toBe(0);
  });
});

test("the status says which workloads have something of a grant, not which are named by it", () => {
  const inForce = () => {
    const baseline = fixture.state.granted.baselines.get("cluster");
    return baseline === undefined ? undefined : grantsInForce(baseline, fixture.state);
  };
  const told = (usedBy: readonly string[]) => [
    { namespace: "shop", rules: "get, update things.example.com; get secrets (repository)", reason: "needed", usedBy },
  ];
  expect(inForce()).toEqual(told([]));
  fixture.put(SECURE_WORKLOAD, aWorkload("web", "shop", { permissions: [THINGS] }));
  expect(inForce()).toEqual(told([]));
  fixture.put(CLUSTER_ROLE, clusterRole(THINGS));
  fixture.put(ROLE_BINDING, binding(toClusterRole, [OPERATOR], "shop"));
  expect(inForce()).toEqual(told(["web"]));
});
