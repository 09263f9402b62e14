/** Every state of every kind, as the operator's own code writes it: Argo CD, Flux and kstatus all say of it what it means, and the same. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { BASELINE_REASONS, type BaselineReason } from "../../src/crds/v1alpha1/baseline-conditions.ts";
import { REASONS, type Reason } from "../../src/crds/v1alpha1/conditions.ts";
import { EXCEPTION_REASONS, type ExceptionReason } from "../../src/crds/v1alpha1/exception-conditions.ts";
import {
  BASELINE_HEALTH,
  EXCEPTION_HEALTH,
  type ReasonHealth,
  WORKLOAD_HEALTH,
} from "../../src/crds/v1alpha1/reason-health.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import type { RolloutHealth } from "../../src/plan/rollout-status.ts";
import { type Findings, statusOf } from "../../src/reconcilers/secure-workload/status.ts";
import { type BaselineFindings, baselineStatusOf } from "../../src/reconcilers/security-baseline/status.ts";
import { exceptionStatusOf } from "../../src/reconcilers/security-exception/status.ts";
import { shapeBaseline } from "../../src/state/records/security-baseline.ts";
import { shapeException } from "../../src/state/records/security-exception.ts";
import { shapeWorkload } from "../../src/state/records/workload.ts";
import { anException } from "../support/exceptions.ts";
import { type GitopsVerdict, gitopsVerdicts } from "../support/gitops-judge.ts";
import { READY_ROLLOUT } from "../support/rollouts.ts";
import { aWorkload } from "../support/workloads.ts";

const NOW = "2026-01-01T00:00:00Z";
const GENERATION = 3;

interface State {
  readonly name: string;
  readonly object: object;
  readonly health: Exclude<ReasonHealth, "Beside">;
}

const QUIET: Findings = {
  problems: [],
  corrections: [],
  contested: [],
  children: ["Deployment/web"],
  spec: undefined,
  health: READY_ROLLOUT,
  trouble: undefined,
  configs: [],
  images: [],
  identity: { uid: 10_001 },
};

function workload(spec: object, found: Partial<Findings>): KubeObject {
  const object = aWorkload("web", "shop", { replicas: 2, ...spec }) as unknown as KubeObject;
  const meta = { ...object.metadata, uid: "u", generation: GENERATION, creationTimestamp: NOW };
  const parsed = parseSecureWorkload(object);
  if (!parsed.ok) throw new Error(parsed.errors.join());
  const stored = { ...object, metadata: meta, spec: parsed.value.spec };
  return { ...stored, status: statusOf(shapeWorkload(stored), { ...QUIET, ...found }, NOW) } as KubeObject;
}

const run = (state: string): RolloutHealth =>
  ({ ...READY_ROLLOUT, run: { state, message: "BackoffLimitExceeded" } }) as RolloutHealth;

/** Reasons that follow from how the pods are, and how they come to be. */
const OF_PODS: Readonly<Partial<Record<Reason, KubeObject>>> = {
  Running: workload({}, {}),
  ScaledToZero: workload(
    { replicas: 0 },
    { health: { ...READY_ROLLOUT, replicas: 0, updated: 0, ready: 0, available: 0 } },
  ),
  Completed: workload({}, { health: run("Complete") }),
  RunHeld: workload({}, { health: run("Held") }),
  RunFailed: workload({}, { health: run("Failed") }),
  Scheduled: workload({}, { health: run("Scheduled") }),
  Suspended: workload({}, { health: run("Suspended") }),
  Progressing: workload({}, { health: { ...READY_ROLLOUT, available: 1, ready: 1 } }),
  RolloutStalled: workload({}, { health: { ...READY_ROLLOUT, deadlineExceeded: true, ready: 1, available: 1 } }),
  PodsRefused: workload({}, { health: { ...READY_ROLLOUT, failure: "exceeded quota" } }),
};

function ofReason(reason: Reason): KubeObject {
  return OF_PODS[reason] ?? workload({}, { problems: [{ reason, message: `because of ${reason}` }] });
}

const DECIDING = (Object.keys(REASONS) as Reason[]).filter((reason) => WORKLOAD_HEALTH[reason] !== "Beside");

const NOTICES: NonNullable<Findings["notices"]> = [
  { type: "AccessAgreed", holds: false, reason: "HalfMissing", message: "api does not let it in" },
  { type: "RightsMatch", holds: false, reason: "SurplusRights", message: "the account may read Secrets" },
  { type: "Relaxed", holds: true, reason: "ExceptionInForce", message: "non-root is lifted" },
];

const WORKLOADS: readonly State[] = [
  ...DECIDING.map((reason) => {
    const health = WORKLOAD_HEALTH[reason] as State["health"];
    return { name: reason, object: ofReason(reason), health };
  }),
  {
    name: "new, as the API server stores it",
    object: { ...workload({}, {}), status: { observedGeneration: -1 } },
    health: "Progressing",
  },
  {
    name: "changed since it was looked at",
    object: aged(workload({}, {})),
    health: "Progressing",
  },
  { name: "run down by its autoscaler", object: scaledByAutoscaler(), health: "Healthy" },
  { name: "contested", object: workload({}, { contested: ["Deployment/web"] }), health: "Healthy" },
  {
    name: "limited",
    object: workload({}, { limits: [{ reason: "PlacementUnavailable", message: "no node has it" }] }),
    health: "Healthy",
  },
  { name: "running, with news beside", object: workload({}, { notices: NOTICES }), health: "Healthy" },
  {
    name: "waiting, and stopped by something else",
    object: workload(
      {},
      {
        problems: [
          { reason: "ReferenceMissing", message: "no ConfigMap" },
          { reason: "NameTaken", message: "the name is taken" },
        ],
      },
    ),
    health: "Degraded",
  },
  {
    name: "a rollout whose time is over, of pods that are refused",
    object: workload({}, { health: { ...READY_ROLLOUT, failure: "exceeded quota", deadlineExceeded: true } }),
    health: "Degraded",
  },
];

/** The spec moved on, and the status did not. */
function aged(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation: GENERATION + 1 } };
}

function scaledByAutoscaler(): KubeObject {
  const spec = { autoscaling: { minReplicas: 1, maxReplicas: 4, cpu: { averageUtilization: 70 } } };
  const none = { ...READY_ROLLOUT, wanted: 0, replicas: 0, updated: 0, ready: 0, available: 0 };
  return workload(spec, { health: none });
}

function baseline(found: Partial<BaselineFindings>): object {
  const object = {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster", uid: "u", generation: GENERATION },
    spec: {},
  };
  const quiet = {
    problems: [],
    namespaces: 1,
    workloads: 1,
    closed: [],
    notSealed: [],
    unknown: new Set<string>(),
    rbac: [],
    exceptions: [],
  };
  return { ...object, status: baselineStatusOf(shapeBaseline(object), { ...quiet, ...found }, NOW) };
}

const finding = (holds: boolean, reason: BaselineReason) => ({ holds, reason, message: `because of ${reason}` });

const BASELINE_STATES: Readonly<Partial<Record<BaselineReason, object>>> = {
  InForce: baseline({}),
  PoliciesStand: baseline({ admission: finding(true, "PoliciesStand") }),
  PoliciesMissing: baseline({ admission: finding(false, "PoliciesMissing") }),
  ClosedWaysAreClosed: baseline({ network: finding(true, "ClosedWaysAreClosed") }),
  NetworkPolicyIgnored: baseline({ network: finding(false, "NetworkPolicyIgnored") }),
};

const BASELINES: readonly State[] = [
  ...(Object.keys(BASELINE_REASONS) as BaselineReason[])
    .filter((reason) => BASELINE_HEALTH[reason] !== "Beside")
    .map((reason) => ({
      name: reason,
      object: BASELINE_STATES[reason] ?? baseline({ problems: [{ reason, message: `because of ${reason}` }] }),
      health: BASELINE_HEALTH[reason] as State["health"],
    })),
  {
    name: "in force, while somebody gets around by RBAC",
    object: baseline({
      rbac: [{ driftCase: "62", subject: "User eve", via: "ClusterRoleBinding/b", scope: "cluster", more: 0 }],
    }),
    health: "Healthy",
  },
  {
    name: "ignored by the network, while its policies are put back",
    object: baseline({
      admission: finding(false, "PoliciesMissing"),
      network: finding(false, "NetworkPolicyIgnored"),
    }),
    health: "Degraded",
  },
];

function exception(state: ExceptionReason): object {
  const object = anException("web-root", {}, { uid: "u", generation: GENERATION, creationTimestamp: NOW });
  const record = shapeException(object);
  if (record === undefined) throw new Error("no exception");
  return { ...object, status: exceptionStatusOf(record, state, NOW) };
}

const EXCEPTIONS: readonly State[] = (Object.keys(EXCEPTION_REASONS) as ExceptionReason[]).map((reason) => ({
  name: reason,
  object: exception(reason),
  health: EXCEPTION_HEALTH[reason] as State["health"],
}));

const DELETED: readonly State[] = [workload({}, {}), baseline({}), exception("InForce")].map((object) => {
  const { kind, metadata } = object as KubeObject;
  return {
    name: `${kind} on its way out`,
    object: { ...object, metadata: { ...metadata, deletionTimestamp: NOW } },
    health: "Progressing",
  };
});

/** What the other two call it: neither knows of suspension. */
const KSTATUS: Readonly<Record<State["health"], string>> = {
  Healthy: "Current",
  Suspended: "Current",
  Progressing: "InProgress",
  Degraded: "Failed",
};

const STATES = [...WORKLOADS, ...BASELINES, ...EXCEPTIONS];
let verdicts: ReadonlyMap<object, GitopsVerdict>;

beforeAll(async () => {
  const objects = [...STATES, ...DELETED].map(({ object }) => object);
  const answers = await gitopsVerdicts(objects);
  verdicts = new Map(objects.map((object, index) => [object, answers[index] as GitopsVerdict]));
}, 540_000);

const KIND = (object: object): string => (object as KubeObject).kind;

describe("Argo CD, Flux and kstatus agree", () => {
  test.each(STATES.map((state) => [KIND(state.object), state.name, state] as const))(
    "on a %s: %s",
    (_kind, _name, state) => {
      const verdict = verdicts.get(state.object);
      expect(verdict?.argo.status).toBe(state.health);
      expect(verdict).toMatchObject({ flux: KSTATUS[state.health], kstatus: KSTATUS[state.health] });
    },
  );

  test.each(DELETED)("on a $name", ({ object }) => {
    expect(verdicts.get(object)).toMatchObject({
      argo: { status: "Progressing" },
      flux: "Terminating",
      kstatus: "Terminating",
    });
  });
});

test("every deciding reason of a workload is really what its status says", () => {
  const shown = DECIDING.map((reason) => {
    const { conditions } = ofReason(reason)["status"] as { conditions: { type: string; reason: string }[] };
    return conditions.find(({ type }) => type === "Ready")?.reason;
  });
  expect(shown).toEqual(DECIDING);
});

test("Argo CD says what the condition says", () => {
  const taken = WORKLOADS.find(({ name }) => name === "NameTaken");
  expect(verdicts.get(taken?.object ?? {})?.argo.message).toBe("because of NameTaken");
});

test("a reason of a newer operator is told by its condition", async () => {
  const renamed = (reason: Reason): object =>
    JSON.parse(JSON.stringify(ofReason(reason)).replaceAll(`"reason":"${reason}"`, '"reason":"FromTheFuture"'));
  const told = await gitopsVerdicts([renamed("Running"), renamed("Progressing"), renamed("NameTaken")]);
  expect(told.map(({ argo }) => argo.status)).toEqual(["Healthy", "Progressing", "Degraded"]);
  expect(told.map(({ flux }) => flux)).toEqual(["Current", "InProgress", "Failed"]);
});
