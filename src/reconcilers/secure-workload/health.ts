/** How far the pods of a workload are, read from the status of whatever runs them. Pure. */
import type { KubeObject } from "../../kopf/object.ts";
import { replicasOf } from "../../plan/elastic.ts";

export interface RolloutHealth {
  readonly generation: number;
  readonly observedGeneration: number;
  /** How many pods there should be, as the controller counts them or was last told; undefined for what runs to an end. */
  readonly wanted: number | undefined;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  /** The controller gave up waiting for progress. */
  readonly deadlineExceeded: boolean;
  /** Why pods cannot be made, as the controller says it: a quota, an admission refusal. */
  readonly failure: string | undefined;
  /** Only of what runs to an end. */
  readonly run: RunHealth | undefined;
  /** Only of a StatefulSet: the name of the revision that new pods are of. */
  readonly revision?: string;
}

export interface RunHealth {
  readonly state: "Active" | "Complete" | "Failed" | "Scheduled" | "Suspended";
  /** What the Job controller says of a failed run. */
  readonly message: string;
}

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

/** Nothing of a spec before the current one is left, and every pod that is wanted is there. */
export function isComplete(health: RolloutHealth, wanted: number): boolean {
  if (health.observedGeneration < health.generation) return false;
  if (health.run !== undefined) return health.run.state !== "Failed";
  return health.updated >= wanted && health.available >= wanted && health.replicas <= health.updated;
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
    failure: failure?.status === "True" ? failure.message : undefined,
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
      run: jobRun(status),
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
