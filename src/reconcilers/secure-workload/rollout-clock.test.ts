import { expect, test } from "@jest/globals";
import { READY_ROLLOUT } from "../../../test/support/rollouts.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import type { RolloutHealth } from "../../plan/rollout-status.ts";
import { type Clocked, clockRollout } from "./rollout-clock.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const HALF_AN_HOUR_AGO = { generation: 5, left: 1, since: "2026-01-01T00:30:00Z" };
const WAITING: Partial<RolloutHealth> = { available: 1 };

function clock(spec: object, health: Partial<RolloutHealth>, more: Partial<Clocked> & { rollout?: object } = {}) {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", spec));
  if (!parsed.ok) throw new Error(parsed.errors.join());
  const { rollout, ...rest } = more;
  const status = rollout === undefined ? {} : { rollout: rollout as typeof HALF_AN_HOUR_AGO };
  const clocked = {
    spec: parsed.value.spec,
    health: { ...READY_ROLLOUT, ...health },
    waiting: [],
    growing: 0,
    ...rest,
  };
  const { health: found, progress, stallsAfterMs } = clockRollout({ status }, clocked, NOW);
  return { stalled: found?.deadlineExceeded, since: progress?.since, stallsAfterMs };
}

test("a Deployment's own controller keeps its deadline", () => {
  expect(clock({ replicas: 2 }, WAITING)).toEqual({ stalled: false });
});

test("the deadline of a StatefulSet begins when it waits, and passes", () => {
  const spec = { type: "StatefulSet", replicas: 2 };
  expect(clock(spec, WAITING)).toEqual({ stalled: false, since: "2026-01-01T01:00:00Z", stallsAfterMs: 600_000 });
  expect(clock(spec, WAITING, { rollout: HALF_AN_HOUR_AGO })).toEqual({ stalled: true, since: HALF_AN_HOUR_AGO.since });
  expect(clock(spec, {}, { rollout: HALF_AN_HOUR_AGO })).toEqual({ stalled: false });
});

test("a spec may allow more time", () => {
  const spec = { type: "StatefulSet", replicas: 2, rollout: { progressDeadlineSeconds: 7_200 } };
  expect(clock(spec, WAITING, { rollout: HALF_AN_HOUR_AGO })).toMatchObject({
    stalled: false,
    stallsAfterMs: 5_400_000,
  });
});

test("claims that grow are waited for, of a Deployment too", () => {
  expect(clock({ replicas: 2 }, {}, { growing: 1, rollout: HALF_AN_HOUR_AGO })).toMatchObject({ stalled: true });
});

test("each run of a CronJob has the deadline from when it was made", () => {
  const spec = { type: "CronJob", schedule: { cron: "@daily" } };
  const health = { run: { state: "Scheduled", message: "" } } as const;
  const run = (agoMs: number) => ({ uid: "r", createdMs: NOW - agoMs });
  expect(clock(spec, health)).toEqual({ stalled: false });
  expect(clock(spec, health, { waiting: [run(60_000)] })).toEqual({ stalled: false, stallsAfterMs: 540_000 });
  expect(clock(spec, health, { waiting: [run(60_000), run(700_000)] })).toEqual({ stalled: true });
});
