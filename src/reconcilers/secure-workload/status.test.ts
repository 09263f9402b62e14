import { expect, test } from "@jest/globals";
import { READY_ROLLOUT } from "../../../test/support/rollouts.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import type { RolloutHealth } from "../../plan/rollout-status.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
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

const findings = (health: RolloutHealth | undefined, more: Partial<Findings> = {}): Findings => ({
  problems: [],
  corrections: [],
  contested: [],
  children: ["Deployment/web"],
  spec: undefined,
  trouble: undefined,
  configs: [],
  images: [],
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
    health: { ...READY_ROLLOUT, generation: 6 },
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "old pods beside new ones",
    health: { ...READY_ROLLOUT, replicas: 3 },
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "pods that are not ready",
    health: { ...READY_ROLLOUT, available: 1 },
    expected: { Ready: "False Progressing", Reconciling: "True Progressing" },
  },
  {
    name: "pods that Kubernetes refuses",
    health: { ...READY_ROLLOUT, failure: "quota" },
    expected: { Ready: "False PodsRefused", Reconciling: "True PodsRefused" },
  },
  {
    name: "a rollout that ran out of time",
    health: { ...READY_ROLLOUT, available: 0, deadlineExceeded: true },
    expected: { Ready: "False RolloutStalled", Stalled: "True RolloutStalled" },
  },
  { name: "all pods ready", health: READY_ROLLOUT, expected: { Ready: "True Running" } },
  {
    name: "none wanted and none there",
    health: { ...READY_ROLLOUT, replicas: 0, updated: 0, ready: 0, available: 0 },
    replicas: 0,
    expected: { Ready: "True ScaledToZero" },
  },
])("$name", ({ health, replicas = 2, expected }) => {
  expect(shown(record({}, replicas), findings(health))).toEqual({ ...expected, DriftFree: "True NoDrift" });
});

test.each<{ name: string; health: RolloutHealth; expected: string }>([
  {
    name: "says that the pods before go on while the new ones are not ready",
    health: { ...READY_ROLLOUT, replicas: 3, updated: 2, available: 2 },
    expected: "waiting for new pods to become ready; the previous revision keeps serving; no Secret",
  },
  {
    name: "says that the pods before end once the new ones are ready",
    health: { ...READY_ROLLOUT, replicas: 3, updated: 2, available: 3 },
    expected: "1 pods of the previous revision are terminating; no Secret",
  },
  {
    name: "says why a rollout stalled, and that what ran before goes on",
    health: { ...READY_ROLLOUT, replicas: 3, updated: 1, available: 2, deadlineExceeded: true },
    expected: "Rollout exceeded its progress deadline (600s): no Secret. The previous revision keeps serving",
  },
  {
    name: "says why a first rollout stalled, and how many pods it has",
    health: { ...READY_ROLLOUT, ready: 1, available: 1, deadlineExceeded: true },
    expected: "Rollout exceeded its progress deadline (600s): no Secret. 1 of 2 pods are ready",
  },
])("$name", ({ health, expected }) => {
  const { conditions = [] } = statusOf(record(), findings(health, { trouble: "no Secret" }), "2026-01-01T00:00:00Z");
  expect(conditions.find(({ type }) => type === "Ready")?.message).toBe(expected);
});

test.each<{ name: string; health: RolloutHealth; expected: string }>([
  {
    name: "a run that no pod has begun",
    health: { ...READY_ROLLOUT, run: { state: "Active", message: "" }, deadlineExceeded: true },
    expected: "No pod of the run has started within its progress deadline (600s): no Secret",
  },
  {
    name: "a run whose pods are refused",
    health: {
      ...READY_ROLLOUT,
      run: { state: "Active", message: "" },
      deadlineExceeded: true,
      failure: "exceeded quota: none",
    },
    expected: "No pod of the run has started within its progress deadline (600s): exceeded quota: none",
  },
])("$name stalls at its deadline", ({ health, expected }) => {
  const { conditions = [] } = statusOf(record(), findings(health, { trouble: "no Secret" }), "2026-01-01T00:00:00Z");
  expect(conditions.filter(({ type }) => type !== "DriftFree")).toMatchObject([
    { type: "Ready", status: "False", reason: "RolloutStalled", message: expected },
    { type: "Stalled", status: "True", reason: "RolloutStalled" },
  ]);
});

test("a change that stands is said, and a contest is a condition of its own", () => {
  const problem = {
    reason: "CorrectionLimited",
    message: "Service/web comes back",
    drift: true,
  } as const;
  expect(shown(record(), findings(READY_ROLLOUT, { problems: [problem], contested: ["Service/web"] }))).toEqual({
    Ready: "False CorrectionLimited",
    Reconciling: "True CorrectionLimited",
    DriftFree: "False Uncorrected",
    DriftContested: "True ChangedBack",
  });
});

test("the worst problem is the reason, and the message has the others", () => {
  const problems = [
    { reason: "GatewayUnknown", message: "nobody named its pods" },
    { reason: "ImageNotAllowed", message: "no registry is granted" },
  ] as const;
  const { conditions = [] } = statusOf(record(), findings(READY_ROLLOUT, { problems }), "2026-01-01T00:00:00Z");
  expect(conditions[0]).toMatchObject({
    reason: "ImageNotAllowed",
    message: "no registry is granted; GatewayUnknown: nobody named its pods",
  });
});

test("times move on transitions only, and the same findings give the same status", () => {
  const first = statusOf(record(), findings(READY_ROLLOUT), "2026-01-01T00:00:00Z");
  const later = statusOf(record(first), findings(READY_ROLLOUT), "2026-01-01T01:00:00Z");
  expect(later).toEqual(first);
  const broken = statusOf(record(first), findings({ ...READY_ROLLOUT, available: 1 }), "2026-01-01T02:00:00Z");
  expect(broken.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime).toBe("2026-01-01T02:00:00Z");
  expect(broken.conditions?.find(({ type }) => type === "DriftFree")?.lastTransitionTime).toBe("2026-01-01T00:00:00Z");
});

test("what the cluster cannot do is one condition, and keeps nothing from being ready", () => {
  const limits = [
    { reason: "MonitoringUnavailable", message: "monitoring is off" },
    { reason: "AutoscalerUnavailable", message: "the schedule is off" },
  ] as const;
  const { conditions = [] } = statusOf(record(), findings(READY_ROLLOUT, { limits }), "2026-01-01T00:00:00Z");
  expect(conditions.find(({ type }) => type === "Ready")?.status).toBe("True");
  expect(conditions.filter(({ type }) => type === "Limited")).toMatchObject([
    { status: "True", reason: "MonitoringUnavailable", message: "monitoring is off; the schedule is off" },
  ]);
  expect(shown(record(), findings(READY_ROLLOUT))).not.toHaveProperty("Limited");
});

test("while an autoscaler acts, its number of pods is the one that is waited for", () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 10, scaleDownAfterSeconds: 300, cpu: { averageUtilization: 70 } };
  const { spec, ...rest } = record();
  if (spec === undefined) throw new Error("the workload is not valid");
  const scaled: WorkloadRecord = { ...rest, spec: { ...spec, autoscaling } };
  const growing = { ...READY_ROLLOUT, wanted: 5, replicas: 5, updated: 5 };
  expect(shown(scaled, findings(growing))["Ready"]).toBe("False Progressing");
  expect(shown(scaled, findings({ ...growing, ready: 5, available: 5 }))["Ready"]).toBe("True Running");
});
