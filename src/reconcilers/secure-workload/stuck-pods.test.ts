import { expect, test } from "@jest/globals";
import { type RolloutHealth, rolloutHealth } from "../../plan/rollout-status.ts";
import { isStuck } from "./stuck-pods.ts";

const healthOf = (status: object): RolloutHealth => {
  const metadata = { name: "store", generation: 2 };
  const health = rolloutHealth({ apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: { replicas: 1 }, status });
  if (health === undefined) throw new Error("a StatefulSet runs pods");
  return health;
};

const MENDED = healthOf({ observedGeneration: 2, currentRevision: "store-1", updateRevision: "store-2" });

const broken = {
  owner: { kind: "StatefulSet", name: "store", uid: "u-1" },
  labels: { "controller-revision-hash": "store-1" },
  trouble: "container store: CrashLoopBackOff",
  deleting: false,
};

test.each([
  { name: "a pod of the spec before that does not run is stuck", pod: broken, health: MENDED, expected: true },
  {
    name: "one that runs is the controller's to replace",
    pod: { ...broken, trouble: undefined },
    health: MENDED,
    expected: false,
  },
  {
    name: "one of the current spec waits for whatever it lacks",
    pod: { ...broken, labels: { "controller-revision-hash": "store-2" } },
    health: MENDED,
    expected: false,
  },
  { name: "one that ends already is left to end", pod: { ...broken, deleting: true }, health: MENDED, expected: false },
  {
    name: "one of a ReplicaSet is in nobody's way",
    pod: { ...broken, owner: { ...broken.owner, kind: "ReplicaSet" } },
    health: MENDED,
    expected: false,
  },
  {
    name: "nothing is judged by a revision from before the current spec",
    pod: broken,
    health: healthOf({ observedGeneration: 1, currentRevision: "store-0", updateRevision: "store-0" }),
    expected: false,
  },
  {
    name: "nothing is judged while no revision is known",
    pod: broken,
    health: healthOf({ observedGeneration: 2 }),
    expected: false,
  },
])("$name", ({ pod, health, expected }) => {
  expect(isStuck(pod, health)).toBe(expected);
});
