/** Rollout progress and health, read from the status of the controller that runs the pods. Pure. */
import type { KubeObject } from "kopf-ts";
import { refusalWords } from "./refusal-words.ts";
import { replicasOf } from "./replicas.ts";

export interface RolloutHealth {
  readonly generation: number;
  readonly observedGeneration: number;
  /** How many pods there should be now, as the controller counts them or its spec says; undefined for a CronJob. */
  readonly wanted: number | undefined;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  /** The controller gave up waiting for progress. */
  readonly deadlineExceeded: boolean;
  /** Why the controller cannot create pods, in its own words: a quota, an admission refusal. */
  readonly failure: string | undefined;
  /** Only of Jobs and CronJobs. */
  readonly run: RunHealth | undefined;
  /** Only of a StatefulSet: the name of the revision that new pods are of. */
  readonly revision?: string;
}

export interface RunHealth {
  readonly state: "Active" | "Complete" | "Failed" | "Held" | "Scheduled" | "Suspended";
  /** What the Job controller says of a failed run. */
  readonly message: string;
  /** Of a Job: how many pods it may still end, retries among them. */
  readonly left?: number;
  /** Of a run that ended: whether its workload would run something else by now. */
  readonly isOutdated?: boolean;
}

/** Of a Job that is not made, because it may have run before. */
export const HELD_RUN: RolloutHealth = {
  generation: 0,
  observedGeneration: 0,
  wanted: 0,
  replicas: 0,
  updated: 0,
  ready: 0,
  available: 0,
  deadlineExceeded: false,
  failure: undefined,
  run: { state: "Held", message: "" },
};

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

type Status = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };

/** Undefined for a kind that runs no pods. */
export function rolloutHealth(live: KubeObject): RolloutHealth | undefined {
  const read = READERS[live.kind];
  return read === undefined ? undefined : { ...baseOf(live), ...read(statusOf(live), live) };
}

/** Whether no pod of a previous spec is left and every wanted pod is available. */
export function isComplete(health: RolloutHealth, wanted: number): boolean {
  if (health.observedGeneration < health.generation) return false;
  if (health.run !== undefined) return health.run.state !== "Failed";
  return health.updated >= wanted && health.available >= wanted && health.replicas <= health.updated;
}

/** Whether the controller has seen what is wanted, and fewer pods exist: it waits for its turn, or somebody refuses them. */
export function missesPods({ generation, observedGeneration, replicas, run }: RolloutHealth, wanted: number): boolean {
  if (observedGeneration < generation || (run !== undefined && run.state !== "Active")) return false;
  return replicas < wanted;
}

const statusOf = (live: KubeObject): Status => (live["status"] ?? {}) as Status;

const specOf = (live: KubeObject): Readonly<Record<string, unknown>> =>
  (live["spec"] ?? {}) as Readonly<Record<string, unknown>>;

function baseOf(live: KubeObject): RolloutHealth {
  const status = statusOf(live);
  const number = numbersIn(status);
  const failure = conditionOf(status, "ReplicaFailure");
  return {
    generation: live.metadata.generation ?? 0,
    observedGeneration: number("observedGeneration"),
    wanted: replicasOf(live),
    replicas: number("replicas"),
    updated: number("updatedReplicas"),
    ready: number("readyReplicas"),
    available: number("availableReplicas"),
    deadlineExceeded: false,
    failure: failure?.status === "True" ? refusalWords(failure.message ?? "pods are refused") : undefined,
    run: undefined,
  };
}

const numbersIn =
  (status: Status) =>
  (field: string): number => {
    const value = status[field];
    return typeof value === "number" ? value : 0;
  };

const conditionOf = ({ conditions = [] }: Status, type: string): Condition | undefined =>
  conditions.find((condition) => condition.type === type);

const READERS: Readonly<Record<string, (status: Status, live: KubeObject) => Partial<RolloutHealth>>> = {
  Deployment: (status) => {
    const progressing = conditionOf(status, "Progressing");
    return {
      deadlineExceeded: progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    };
  },
  StatefulSet: ({ updateRevision }) => (typeof updateRevision === "string" ? { revision: updateRevision } : {}),
  DaemonSet: (status) => {
    const number = numbersIn(status);
    return {
      wanted: number("desiredNumberScheduled"),
      replicas: number("currentNumberScheduled"),
      updated: number("updatedNumberScheduled"),
      ready: number("numberReady"),
      available: number("numberAvailable"),
    };
  },
  Job: (status, live) => {
    const number = numbersIn(status);
    return {
      // A Job's status carries no generation.
      observedGeneration: live.metadata.generation ?? 0,
      replicas: number("active"),
      updated: number("active"),
      ready: number("ready"),
      available: number("ready"),
      wanted: podsAtOnce(live, number("succeeded")),
      run: { ...jobRun(status), left: podsLeft(live, number("succeeded") + number("failed")) },
    };
  },
  CronJob: (_status, live) => ({
    observedGeneration: live.metadata.generation ?? 0,
    run: { state: specOf(live)["suspend"] === true ? "Suspended" : "Scheduled", message: "" },
  }),
};

function jobRun(status: Status): RunHealth {
  const failed = conditionOf(status, "Failed");
  if (failed?.status === "True") return { state: "Failed", message: failed.message ?? failed.reason ?? "" };
  return { state: conditionOf(status, "Complete")?.status === "True" ? "Complete" : "Active", message: "" };
}

function podsAtOnce(live: KubeObject, succeeded: number): number {
  const { completions = 1, parallelism = 1 } = specOf(live) as Readonly<Record<string, number>>;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function podsLeft(live: KubeObject, ended: number): number {
  const { completions = 1, backoffLimit = 6 } = specOf(live) as Readonly<Record<string, number>>;
  return Math.max(0, completions + backoffLimit + 1 - ended);
}

/** Whether a Job is to run, and no pod of it runs or ever ended. */
export function isWaitingRun(job: KubeObject): boolean {
  const number = numbersIn(statusOf(job));
  const isBegun = ["ready", "succeeded", "failed"].some((count) => number(count) > 0);
  return jobRun(statusOf(job)).state === "Active" && specOf(job)["suspend"] !== true && !isBegun;
}
