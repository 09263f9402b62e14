import { describe, expect, test } from "@jest/globals";
import { READY_ROLLOUT } from "../../test/support/rollouts.ts";
import { progressOf, type RolloutProgress, untilStalledMs } from "./rollout-progress.ts";
import type { RolloutHealth } from "./rollout-status.ts";

const THEN = "2026-01-01T00:00:00Z";
const NOW = "2026-01-01T00:05:00Z";
const known = (left: number, generation = 5): RolloutProgress => ({ generation, left, since: THEN });

describe("the time of the last progress", () => {
  test.each<{
    name: string;
    health: Partial<RolloutHealth>;
    growing?: number;
    before?: RolloutProgress;
    since: string | undefined;
  }>([
    { name: "is none where every pod is as wanted", health: {}, before: known(1), since: undefined },
    { name: "begins when something is missing", health: { available: 1 }, since: NOW },
    { name: "stays while nothing happens", health: { available: 1 }, before: known(1), since: THEN },
    { name: "stays when a pod that was ready fails again", health: { available: 0 }, before: known(1), since: THEN },
    { name: "moves when a pod becomes available", health: { available: 1 }, before: known(2), since: NOW },
    { name: "moves when a pod is updated", health: { updated: 1, available: 1 }, before: known(3), since: NOW },
    { name: "moves with the next generation", health: { available: 1 }, before: known(1, 4), since: NOW },
    { name: "stays while a claim grows", health: {}, growing: 1, before: known(1), since: THEN },
    { name: "moves when a claim has grown", health: {}, growing: 1, before: known(2), since: NOW },
    {
      name: "begins with a run that no pod has begun",
      health: { ready: 0, run: { state: "Active", message: "", left: 4 } },
      since: NOW,
    },
    {
      name: "moves when a pod of a run ends",
      health: { ready: 0, run: { state: "Active", message: "", left: 3 } },
      before: known(4),
      since: NOW,
    },
    {
      name: "is none while a pod of the run runs",
      health: { ready: 1, run: { state: "Active", message: "", left: 4 } },
      before: known(4),
      since: undefined,
    },
    {
      name: "is none once a run is over",
      health: { ready: 0, run: { state: "Complete", message: "", left: 0 } },
      since: undefined,
    },
  ])("$name", ({ health, growing = 0, before, since }) => {
    expect(progressOf({ ...READY_ROLLOUT, ...health }, { wanted: 2, growing }, before, NOW)?.since).toBe(since);
  });

  test("counts to the deadline", () => {
    expect(untilStalledMs(known(1), 600, Date.parse(NOW))).toBe(300_000);
    expect(untilStalledMs(known(1), 60, Date.parse(NOW))).toBe(-240_000);
  });
});
