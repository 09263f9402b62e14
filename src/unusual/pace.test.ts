/** However many workloads change at once, their facts are told one after the other. */
import { expect, test } from "@jest/globals";
import { Pace } from "./pace.ts";

const OPTIONS = { spacingMs: 500, againMs: 300_000 };

/** Runs `keys` as a queue does: each again when its wait is over. Returns the time of each turn. */
function turnsOf(keys: readonly string[], untilMs: number): readonly { readonly key: string; readonly atMs: number }[] {
  const pace = new Pace(OPTIONS);
  const due = new Map(keys.map((key) => [key, 0]));
  const told = new Map<string, number>();
  const turns: { key: string; atMs: number }[] = [];
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 100)
    for (const [key, dueMs] of due) {
      if (dueMs > nowMs) continue;
      const waitMs = pace.waitMs(key, told.get(key), nowMs);
      if (waitMs === 0) {
        turns.push({ key, atMs: nowMs });
        told.set(key, nowMs);
      }
      due.set(key, nowMs + Math.max(waitMs, 1));
    }
  return turns;
}

test("ten thousand workloads that change at once get two turns a second", () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `shop/w${index}`);
  const turns = turnsOf(keys, 60_000);
  expect(turns).toHaveLength(121);
  expect(new Set(turns.map(({ key }) => key)).size).toBe(121);
});

test("one that changes all the time gets a turn in five minutes", () => {
  expect(turnsOf(["shop/web"], 900_000).map(({ atMs }) => atMs)).toEqual([0, 300_000, 600_000, 900_000]);
});

test("a key that keeps its place waits no longer for others that come later", () => {
  const pace = new Pace(OPTIONS);
  expect(pace.waitMs("a", undefined, 0)).toBe(0);
  expect(pace.waitMs("b", undefined, 0)).toBe(500);
  expect(pace.waitMs("c", undefined, 0)).toBe(1_000);
  expect(pace.waitMs("b", undefined, 100)).toBe(400);
  expect(pace.waitMs("b", undefined, 500)).toBe(0);
});
