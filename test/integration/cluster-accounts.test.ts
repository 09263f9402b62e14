/** ClusterRoleBindings to accounts of closed namespaces are refused, however large they are and however many namespaces are closed. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { clusterAccounts } from "../../src/admission/cluster-accounts.ts";
import { SECURITY_BASELINE } from "../../src/crds/group.ts";
import { DEFAULT_INSTALLATION } from "../../src/installation.ts";
import { kubectl } from "../support/cluster.ts";
import { enforce, refusalOfAttempt } from "../support/enforce.ts";
import { stranger } from "../support/strangers.ts";
import { useCluster } from "../support/use-palisade.ts";

const RBAC = "rbac.authorization.k8s.io";
/** As many as the status holds. */
const CLOSED = ["shop", ...Array.from({ length: 4_095 }, (_, index) => `closed-${index}`.padEnd(63, "x"))];

const { cluster, client } = useCluster();

const close = (closed: readonly string[]) =>
  client.patch(
    SECURITY_BASELINE,
    { name: "cluster" },
    { status: { closed } },
    { type: "merge", subresource: "status" },
  );

beforeAll(async () => {
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: { apiVersion: "palisade.dev/v1alpha1", kind: "SecurityBaseline", metadata: { name: "cluster" }, spec: {} },
  });
  const rules = [
    { apiGroups: [RBAC], resources: ["clusterrolebindings"], verbs: ["create", "update", "patch", "get"] },
    { apiGroups: [RBAC], resources: ["clusterroles"], verbs: ["bind"] },
  ];
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: stranger(`${RBAC}/v1`, "ClusterRole", { rules }, { name: "binds" }),
  });
  await kubectl(cluster, ["create", "clusterrolebinding", "binds", "--clusterrole=binds", "--user=carol"]);
  await enforce(cluster, [clusterAccounts(DEFAULT_INSTALLATION)]);
}, 120_000);

const OURS = { kind: "ServiceAccount", name: "web", namespace: "shop" };
const others = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ kind: "ServiceAccount", name: `a${index}`, namespace: "own" }));

const attempt = (subjects: readonly object[], name = "mine") =>
  refusalOfAttempt(cluster, {
    user: "carol",
    args: ["create", "--dry-run=server", "-f", "-"],
    input: stranger(
      `${RBAC}/v1`,
      "ClusterRoleBinding",
      {
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "view" },
        subjects,
      },
      { name },
    ),
  });

describe.each([
  { what: "one namespace is closed", closed: ["shop"] },
  { what: "as many are closed as the status holds", closed: CLOSED },
])("where $what", ({ closed }) => {
  beforeAll(async () => {
    await close(closed);
  });

  test.each([0, 100, 10_000])("an account of one is not bound as the last of %d others", async (count) => {
    const refusal = await attempt([...others(count), OURS]);
    expect(refusal).toContain("palisade-cluster-accounts");
    expect(refusal).not.toContain("resulted in error");
  });

  test("others are bound", async () => {
    expect(await attempt(others(100))).toBeUndefined();
  });
});
