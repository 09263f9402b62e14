import { expect, test } from "@jest/globals";
import { API_VERSION } from "../../crds/group.ts";
import { type BaselineRecord, shapeBaseline } from "../../state/records/security-baseline.ts";
import { baselineStatusOf } from "./status.ts";

const record = (status: object = {}): BaselineRecord =>
  shapeBaseline({
    apiVersion: API_VERSION,
    kind: "SecurityBaseline",
    metadata: { name: "cluster", uid: "u", generation: 4 },
    spec: {},
    status,
  });

const QUIET = {
  problems: [],
  namespaces: 2,
  workloads: 7,
  closed: [],
  notSealed: [],
  unknown: new Set<string>(),
  rbac: [],
  exceptions: [],
};
const PROBLEM = { reason: "InvalidSpec", message: "spec.registries: must be a list" } as const;

test("without a problem it is ready, and counts", () => {
  expect(baselineStatusOf(record(), QUIET, "2026-01-01T00:00:00Z")).toMatchObject({
    observedGeneration: 4,
    conditions: [
      { type: "Ready", status: "True", reason: "InForce", observedGeneration: 4 },
      { type: "RBACNarrow", status: "True", reason: "NoWayAround", observedGeneration: 4 },
    ],
    namespaces: 2,
    workloads: 7,
    exceptions: { inForce: 0, first: [] },
  });
});

test("exceptions are counted, and the first of them listed", () => {
  const exceptions = Array.from({ length: 100 }, (_, index) => ({
    name: `exception-${index}`,
    workload: "shop/web",
    expires: "2026-02-01T00:00:00Z",
  }));
  const status = baselineStatusOf(record(), { ...QUIET, exceptions }, "2026-01-01T00:00:00Z");
  expect(status.exceptions).toEqual({ inForce: 100, first: exceptions.slice(0, 64) });
});

test("what it says of a namespace stays until that was looked through after a restart", () => {
  const heldBack = (makers: readonly string[], state: "Guarding" | "Sealed" = "Guarding") =>
    ({ state, foreign: { makers, others: [] }, leavesMs: undefined }) as const;
  const notSealed = [
    ["pay", heldBack(["Deployment/old"])],
    ["shop", heldBack(["Deployment/left"])],
    ["stock", heldBack(["Service/found"], "Sealed")],
  ] as const;
  const first = baselineStatusOf(record(), { ...QUIET, namespaces: 3, notSealed }, "2026-01-01T00:00:00Z");
  expect(first).toMatchObject({
    sealed: 1,
    notSealed: [{ name: "pay" }, { name: "shop" }],
    sealedWith: [{ name: "stock" }],
  });
  const after = (known: typeof notSealed | readonly [], unknown: readonly string[]) =>
    baselineStatusOf(
      record(first),
      { ...QUIET, namespaces: 3, notSealed: known, unknown: new Set(unknown) },
      "2026-01-01T01:00:00Z",
    );
  expect(after([], ["pay", "shop", "stock"])).toEqual(first);
  expect(after(notSealed, [])).toEqual(first);
  const now = after([], ["pay"]);
  expect(now).toMatchObject({ sealed: 2, notSealed: [{ name: "pay" }] });
  expect(now.sealedWith).toBeUndefined();
});

test("every problem is said, under the reason of the first", () => {
  const problems = [PROBLEM, { ...PROBLEM, message: "and another" }];
  expect(baselineStatusOf(record(), { ...QUIET, problems }, "2026-01-01T00:00:00Z").conditions).toMatchObject([
    { status: "False", reason: "InvalidSpec", message: "spec.registries: must be a list; and another" },
    { type: "Stalled", status: "True", reason: "InvalidSpec" },
    { type: "RBACNarrow", status: "True" },
  ]);
});

test("the time moves on a transition only", () => {
  const first = baselineStatusOf(record(), QUIET, "2026-01-01T00:00:00Z");
  expect(baselineStatusOf(record(first), QUIET, "2026-01-01T01:00:00Z")).toEqual(first);
  const worse = baselineStatusOf(record(first), { ...QUIET, problems: [PROBLEM] }, "2026-01-01T02:00:00Z");
  expect(worse.conditions?.[0]?.lastTransitionTime).toBe("2026-01-01T02:00:00Z");
});

test("who gets around workloads by RBAC is listed, and does not change Ready", () => {
  const rbac = Array.from({ length: 100 }, (_, index) => ({
    driftCase: index < 50 ? "62" : "67",
    subject: `User person-${index}`,
    via: "ClusterRoleBinding/b to ClusterRole/r",
    scope: "cluster" as const,
    more: index,
  }));
  const status = baselineStatusOf(record(), { ...QUIET, rbac }, "2026-01-01T00:00:00Z");
  expect(status.conditions).toMatchObject([
    { type: "Ready", status: "True" },
    { type: "RBACNarrow", status: "False", reason: "WaysAround" },
  ]);
  expect(status.conditions?.[1]?.message).toContain("impersonate others (drift case 62): User person-0, User person-1");
  expect(status.conditions?.[1]?.message).toContain("and 45 more; run commands in every pod through nodes/proxy");
  expect(status.rbacFindings).toHaveLength(64);
  expect(status.rbacFindings?.[1]).toEqual({
    driftCase: 62,
    subject: "User person-1",
    via: "ClusterRoleBinding/b to ClusterRole/r and 1 more",
  });
});
