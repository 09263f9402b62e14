import { beforeEach, describe, expect, test } from "@jest/globals";
import { ApiError, type Client, type KubeObject } from "kopf-ts";
import { controlledBy, type Governed, governed, uidOf } from "../../../test/support/governed.ts";
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { CRON_JOB, DAEMON_SET, JOB, POD, STATEFUL_SET } from "../../kubernetes/kinds.ts";
import { refusedPods } from "./refused-pods.ts";

const QUOTA = "is forbidden: exceeded quota: none, requested: pods=1, limited: pods=0";
const NEVER = new AbortController().signal;

let asked = 0;
let answer: () => readonly KubeObject[];

beforeEach(() => {
  asked = 0;
  answer = () => [];
});

const client = {
  list: async () => {
    asked += 1;
    return { items: answer(), resourceVersion: "1" };
  },
} as unknown as Client;

const ask = (world: Governed) => refusedPods(world.workload(), { ...world, client }, NEVER);

const iso = (world: Governed, agoMs = 0): string => new Date(world.clock.now() - agoMs).toISOString();

const event = (uid: string, message: string, lastTimestamp: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e" },
    involvedObject: { uid },
    message,
    lastTimestamp,
  }) as KubeObject;

const missingOne = (child: KubeObject): KubeObject =>
  child.kind === STATEFUL_SET.kind
    ? { ...child, status: { observedGeneration: 1, replicas: 1, readyReplicas: 1 } }
    : child.kind === DAEMON_SET.kind
      ? { ...child, status: { observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 1 } }
      : child;

function missing(type: "StatefulSet" | "DaemonSet"): Governed {
  const world = governed({ type, ...(type === "StatefulSet" ? { replicas: 2 } : {}) });
  world.stand("web", missingOne);
  return world;
}

const aPod = (world: Governed, name: string, createdAgoMs: number, owner?: KubeObject): KubeObject =>
  world.foreign(
    POD,
    name,
    { spec: { containers: [] } },
    {
      labels: { [WORKLOAD_LABEL]: "web" },
      creationTimestamp: iso(world, createdAgoMs),
      ...(owner === undefined ? {} : controlledBy(owner, JOB)),
    },
  );

describe("a workload that misses pods", () => {
  test("is asked about once its controller had a moment, and ever more rarely", async () => {
    const world = missing("StatefulSet");
    answer = () => [
      event(
        uidOf(STATEFUL_SET, "web"),
        `create Pod web-1 in StatefulSet web failed error: pods "web-1" ${QUOTA}`,
        iso(world),
      ),
    ];
    expect(await ask(world)).toEqual({ retryAfterMs: 2_000 });
    await world.clock.advance(2_000);
    expect(await ask(world)).toEqual({ words: `pods "web-1" ${QUOTA}`, retryAfterMs: 3_000 });
    await world.clock.advance(1_000);
    expect((await ask(world)).words).toBe(`pods "web-1" ${QUOTA}`);
    expect(asked).toBe(1);
    await world.clock.advance(120_000);
    expect((await ask(world)).retryAfterMs).toBe(30_000);
    expect(asked).toBe(2);
  });

  test("is not told of a refusal of a pod that is there by now", async () => {
    const world = missing("StatefulSet");
    answer = () => [
      event(uidOf(STATEFUL_SET, "web"), "create Pod web-0 in StatefulSet web failed error: no", iso(world)),
    ];
    aPod(world, "web-0", 60_000);
    await ask(world);
    await world.clock.advance(2_000);
    expect((await ask(world)).words).toBeUndefined();
  });

  test.each([
    { name: "in the same go as another pod", podAgoMs: 1_000, eventAgoMs: 3_000, words: "no" },
    { name: "before another pod was made", podAgoMs: 1_000, eventAgoMs: 60_000, words: undefined },
    { name: "longer ago than any controller waits", podAgoMs: 7_200_000, eventAgoMs: 1_300_000, words: undefined },
  ])("is told of a refusal $name: $words", async ({ podAgoMs, eventAgoMs, words }) => {
    const world = missing("DaemonSet");
    aPod(world, "web-x7k2p", podAgoMs);
    answer = () => [event(uidOf(DAEMON_SET, "web"), "Error creating: no", iso(world, eventAgoMs))];
    await ask(world);
    await world.clock.advance(2_000);
    expect((await ask(world)).words).toBe(words);
  });

  test("goes on where Events cannot be read", async () => {
    const world = missing("DaemonSet");
    answer = () => {
      throw new ApiError("no", { status: 403, reason: "Forbidden" } as never);
    };
    await ask(world);
    await world.clock.advance(2_000);
    expect(await ask(world)).toEqual({ words: undefined, retryAfterMs: 3_000 });
  });

  test("is not asked about once it has them all, nor where its status says it", async () => {
    const whole = governed({ type: "StatefulSet" });
    whole.stand("web", (child) => ({ ...child, status: { observedGeneration: 1, replicas: 1 } }));
    expect(await ask(whole)).toEqual({});
    expect(await ask(governed())).toEqual({});
    expect(asked).toBe(0);
  });
});

describe("a CronJob", () => {
  const nightly = (): Governed => governed({ type: "CronJob", schedule: { cron: "0 3 * * *" } });

  const aRun = (world: Governed): KubeObject => {
    const owner = { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "web", uid: uidOf(CRON_JOB, "web") } };
    const template = { metadata: { labels: { [WORKLOAD_LABEL]: "web" } }, spec: { containers: [] } };
    return world.foreign(JOB, "web-1", { spec: { template }, status: {} }, controlledBy(owner, CRON_JOB));
  };

  test("is asked about now and then, since nothing but an Event tells of a run that was refused", async () => {
    const world = nightly();
    answer = () => [event(uidOf(CRON_JOB, "web"), "Error creating job: no", iso(world))];
    expect(await ask(world)).toEqual({ words: "no", retryAfterMs: 120_000 });
    expect(asked).toBe(1);
  });

  test("is told of a refusal of its run's pods, until one is there", async () => {
    const world = nightly();
    const job = aRun(world);
    answer = () => [event(uidOf(JOB, "web-1"), "Error creating: no", iso(world))];
    await ask(world);
    await world.clock.advance(3_000);
    expect((await ask(world)).words).toBe("no");
    aPod(world, "web-1-abcde", 0, job);
    expect((await ask(world)).words).toBeUndefined();
  });
});
