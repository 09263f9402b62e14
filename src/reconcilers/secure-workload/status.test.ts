import { expect, test } from "@jest/globals";
import { aWorkload } from "../../../test/support/workloads.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import type { RolloutHealth, WorkloadRecord } from "../records.ts";
import { type Findings, statusOf } from "./status.ts";

function record(status: WorkloadRecord["status"] = {}, replicas = 2): WorkloadRecord {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", { replicas }));
  if (!parsed.ok) throw new Error(parsed.errors.join());
  const ref = { namespace: "shop", name: "web", uid: "u", labels: {} };
  return {
    key: "shop/web",
    ref,
    generation: 3,
    createdMs: 0,
    deleting: false,
    spec: parsed.value.spec,
    invalid: undefined,
    status,
  };
}

const healthy: RolloutHealth = {
  generation: 5,
  observedGeneration: 5,
  replicas: 2,
  updated: 2,
  ready: 2,
  available: 2,
  deadlineExceeded: false,
  failure: undefined,
};

const findings = (health: RolloutHealth | undefined, more: Partial<Findings> = {}): Findings => ({
  problems: [],
  corrections: [],
  contested: [],
  children: ["Deployment/web"],
  health,
  identity: { uid: 10_001 },
  ...more,
});

const shown = (workload: WorkloadRecord, found: Findings): Record<string, string> =>
  Object.fromEntries(
    (statusOf(workload, found, "2026-01-01T00:00:00Z").conditions ?? []).map(({ type, status, reason }) => [
      type,
      `${status} ${reason}`,
    ]),
  );

test.each<{ name: string; health: RolloutHealth | undefined; replicas?: number; expected: Record<string, string> }>([
  {
    name: "no Deployment yet",
    health: undefined,
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "a Deployment that its controller has not seen",
    health: { ...healthy, generation: 6 },
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "old pods beside new ones",
    health: { ...healthy, replicas: 3 },
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "pods that are not ready",
    health: { ...healthy, available: 1 },
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "pods that Kubernetes refuses",
    health: { ...healthy, failure: "quota" },
    expected: { Ready: "False PodsRefused", Reconciling: "True PodsRefused" },
  },
  {
    name: "a rollout that ran out of time",
    health: { ...healthy, available: 0, deadlineExceeded: true },
    expected: { Ready: "False RolloutStalled", Stalled: "True RolloutStalled" },
  },
  { name: "all pods ready", health: healthy, expected: { Ready: "True Running" } },
  {
    name: "none wanted and none there",
    health: { ...healthy, replicas: 0, updated: 0, ready: 0, available: 0 },
    replicas: 0,
    expected: { Ready: "True ScaledToZero" },
  },
])("$name", ({ health, replicas = 2, expected }) => {
  expect(shown(record({}, replicas), findings(health))).toEqual({ ...expected, DriftFree: "True NoDrift" });
});

test("a change that stands is said, and a contest is a condition of its own", () => {
  const problem = {
    reason: "CorrectionLimited",
    message: "Service/web comes back",
    stalled: false,
    drift: true,
  } as const;
  expect(shown(record(), findings(healthy, { problems: [problem], contested: ["Service/web"] }))).toEqual({
    Ready: "False CorrectionLimited",
    Reconciling: "True CorrectionLimited",
    DriftFree: "False Uncorrected",
    DriftContested: "True ChangedBack",
  });
});

test("times move on transitions only, and the same findings give the same status", () => {
  const first = statusOf(record(), findings(healthy), "2026-01-01T00:00:00Z");
  const later = statusOf(record(first), findings(healthy), "2026-01-01T01:00:00Z");
  expect(later).toEqual(first);
  const broken = statusOf(record(first), findings({ ...healthy, available: 1 }), "2026-01-01T02:00:00Z");
  expect(broken.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime).toBe("2026-01-01T02:00:00Z");
  expect(broken.conditions?.find(({ type }) => type === "DriftFree")?.lastTransitionTime).toBe("2026-01-01T00:00:00Z");
});
