import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { isComplete, type RolloutHealth, rolloutHealth } from "./rollout-status.ts";

function health(kind: string, status: object | undefined, more: { spec?: object; generation?: number } = {}) {
  const { spec = { replicas: 2 }, generation = 3 } = more;
  const metadata = { name: "web", namespace: "shop", generation };
  const live = { apiVersion: "apps/v1", kind, metadata, spec, ...(status === undefined ? {} : { status }) };
  return rolloutHealth(live as unknown as KubeObject);
}

const RUNNING = {
  observedGeneration: 3,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
};

describe("the health of a Deployment", () => {
  test("is what its status counts", () => {
    expect(health("Deployment", RUNNING)).toEqual({
      generation: 3,
      observedGeneration: 3,
      wanted: 2,
      replicas: 2,
      updated: 2,
      ready: 2,
      available: 2,
      deadlineExceeded: false,
      failure: undefined,
      run: undefined,
    });
  });

  test("counts none before its controller wrote a status", () => {
    expect(health("Deployment", undefined)).toMatchObject({ observedGeneration: 0, replicas: 0, ready: 0 });
    expect(rolloutHealth({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } })).toMatchObject({
      generation: 0,
      wanted: undefined,
    });
  });

  test.each([
    { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", exceeded: true },
    { type: "Progressing", status: "False", reason: "Paused", exceeded: false },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", exceeded: false },
    { type: "Available", status: "False", reason: "ProgressDeadlineExceeded", exceeded: false },
  ])("exceeded its deadline with $type $status for $reason: $exceeded", ({ exceeded, ...condition }) => {
    expect(health("Deployment", { ...RUNNING, conditions: [condition] })?.deadlineExceeded).toBe(exceeded);
  });

  test("tells why pods cannot be made, for as long as they cannot", () => {
    const failing = (status: string) => ({
      ...RUNNING,
      conditions: [{ type: "ReplicaFailure", status, message: "exceeded quota" }],
    });
    expect(health("Deployment", failing("True"))?.failure).toBe("exceeded quota");
    expect(health("Deployment", failing("False"))?.failure).toBeUndefined();
  });
});

test("a StatefulSet tells the revision of its new pods", () => {
  expect(health("StatefulSet", { ...RUNNING, updateRevision: "web-7" })?.revision).toBe("web-7");
  expect(health("StatefulSet", RUNNING)).not.toHaveProperty("revision");
});

test("a DaemonSet is counted by nodes", () => {
  const status = {
    observedGeneration: 3,
    desiredNumberScheduled: 5,
    currentNumberScheduled: 4,
    updatedNumberScheduled: 3,
    numberReady: 2,
    numberAvailable: 1,
  };
  expect(health("DaemonSet", status, { spec: {} })).toMatchObject({
    wanted: 5,
    replicas: 4,
    updated: 3,
    ready: 2,
    available: 1,
  });
});

describe("a run", () => {
  const run = (...conditions: readonly object[]) =>
    health("Job", { active: 1, ready: 1, conditions }, { spec: {} })?.run;

  test("of a Job counts the pods that it may still end", () => {
    const spec = { completions: 2, backoffLimit: 3 };
    expect(health("Job", {}, { spec })?.run?.left).toBe(6);
    expect(health("Job", { succeeded: 1, failed: 2 }, { spec })?.run?.left).toBe(3);
    expect(health("Job", { succeeded: 2, failed: 9 }, { spec })?.run?.left).toBe(0);
  });

  test.each([
    { conditions: [], expected: { state: "Active", message: "" } },
    { conditions: [{ type: "Complete", status: "True" }], expected: { state: "Complete", message: "" } },
    { conditions: [{ type: "Complete", status: "False" }], expected: { state: "Active", message: "" } },
    {
      conditions: [{ type: "Failed", status: "True", message: "too many retries" }],
      expected: { state: "Failed", message: "too many retries" },
    },
    {
      conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded" }],
      expected: { state: "Failed", message: "DeadlineExceeded" },
    },
    { conditions: [{ type: "Failed", status: "True" }], expected: { state: "Failed", message: "" } },
  ])("of a Job with $conditions is $expected", ({ conditions, expected }) => {
    expect(run(...conditions)).toMatchObject(expected);
  });

  test.each([
    { suspend: true, state: "Suspended" },
    { suspend: false, state: "Scheduled" },
    { suspend: undefined, state: "Scheduled" },
  ])("of a CronJob with suspend $suspend is $state", ({ suspend, state }) => {
    expect(health("CronJob", undefined, { spec: { suspend } })?.run).toEqual({ state, message: "" });
  });

  test("is of the current generation, since its status carries none", () => {
    for (const kind of ["Job", "CronJob"]) expect(health(kind, {}, { spec: {} })?.observedGeneration).toBe(3);
    for (const kind of ["Job", "CronJob"]) {
      const bare = { apiVersion: "batch/v1", kind, metadata: { name: "web" } };
      expect(rolloutHealth(bare)?.observedGeneration).toBe(0);
    }
  });
});

test("what runs no pods has no health", () => {
  expect(health("Service", RUNNING)).toBeUndefined();
});

describe("a rollout", () => {
  const complete = (more: Partial<RolloutHealth>, wanted = 2): boolean => {
    const base = health("Deployment", RUNNING);
    if (base === undefined) throw new Error("a Deployment has health");
    return isComplete({ ...base, ...more }, wanted);
  };

  test.each<{ name: string; more: Partial<RolloutHealth>; expected: boolean }>([
    { name: "complete with every pod new and available", more: {}, expected: true },
    { name: "not complete before its controller saw it", more: { observedGeneration: 2 }, expected: false },
    { name: "not complete with old pods", more: { updated: 1 }, expected: false },
    { name: "not complete while old pods are left beside the new", more: { replicas: 3 }, expected: false },
    { name: "not complete while a pod is not available", more: { available: 1 }, expected: false },
    { name: "complete for a run under way", more: { run: { state: "Active", message: "" } }, expected: true },
    { name: "not complete for a run that failed", more: { run: { state: "Failed", message: "" } }, expected: false },
  ])("is $name", ({ more, expected }) => {
    expect(complete(more)).toBe(expected);
  });
});
