import { expect, test } from "@jest/globals";
import { API_VERSION } from "../../crds/group.ts";
import { type BaselineRecord, shapeBaseline } from "./record.ts";
import { baselineStatusOf } from "./status.ts";

const record = (status: object = {}): BaselineRecord =>
  shapeBaseline({
    apiVersion: API_VERSION,
    kind: "SecurityBaseline",
    metadata: { name: "cluster", uid: "u", generation: 4 },
    spec: {},
    status,
  });

const QUIET = { problems: [], namespaces: 2, workloads: 7, notSealed: [] };
const PROBLEM = { reason: "InvalidSpec", message: "spec.registries: must be a list" } as const;

test("without a problem it is ready, and counts", () => {
  expect(baselineStatusOf(record(), QUIET, "2026-01-01T00:00:00Z")).toMatchObject({
    observedGeneration: 4,
    conditions: [{ type: "Ready", status: "True", reason: "InForce", observedGeneration: 4 }],
    namespaces: 2,
    workloads: 7,
  });
});

test("every problem is said, under the reason of the first", () => {
  const problems = [PROBLEM, { ...PROBLEM, message: "and another" }];
  expect(baselineStatusOf(record(), { ...QUIET, problems }, "2026-01-01T00:00:00Z").conditions).toMatchObject([
    { status: "False", reason: "InvalidSpec", message: "spec.registries: must be a list; and another" },
  ]);
});

test("the time moves on a transition only", () => {
  const first = baselineStatusOf(record(), QUIET, "2026-01-01T00:00:00Z");
  expect(baselineStatusOf(record(first), QUIET, "2026-01-01T01:00:00Z")).toEqual(first);
  const worse = baselineStatusOf(record(first), { ...QUIET, problems: [PROBLEM] }, "2026-01-01T02:00:00Z");
  expect(worse.conditions?.[0]?.lastTransitionTime).toBe("2026-01-01T02:00:00Z");
});
