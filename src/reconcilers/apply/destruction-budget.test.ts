import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { FakeClock } from "kopf-ts/testing";
import { BURST, DestructionBudget } from "./destruction-budget.ts";

const EXPENSE = { cause: "ReplicationController/legacy", workload: "shop/web", namespace: "shop" };
const MINUTE = 60_000;

function take(budget: DestructionBudget, times: number, expense = EXPENSE): number {
  return Array.from({ length: times }).filter(() => budget.take(expense) === undefined).length;
}

test("one cause has ten deletions, and then a pause that is told once", () => {
  const budget = new DestructionBudget(new FakeClock());
  expect(take(budget, 10)).toBe(BURST);
  expect(budget.paused("shop/web")).toEqual([]);
  expect(budget.take(EXPENSE)).toMatchObject({ cause: EXPENSE.cause, isNew: true });
  expect(budget.take(EXPENSE)).toMatchObject({ isNew: false });
  expect(budget.paused("shop/web")).toMatchObject([{ cause: EXPENSE.cause }]);
});

test("after each pause one more is tried, and the pause doubles up to an hour", async () => {
  const clock = new FakeClock();
  const budget = new DestructionBudget(clock);
  take(budget, 20);
  const pauses: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const { untilMs = 0 } = budget.take(EXPENSE) ?? {};
    pauses.push((untilMs - clock.monotonicMs()) / MINUTE);
    await clock.advance(untilMs - clock.monotonicMs());
    expect(take(budget, 5)).toBe(1);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
});

test("another cause, and another workload, have budgets of their own", () => {
  const budget = new DestructionBudget(new FakeClock());
  take(budget, 20);
  expect(take(budget, 1, { ...EXPENSE, cause: "Service by kubectl" })).toBe(1);
  expect(take(budget, 1, { ...EXPENSE, workload: "shop/api" })).toBe(1);
});

test("a cause that was quiet for ten minutes begins anew", async () => {
  const clock = new FakeClock();
  const budget = new DestructionBudget(clock);
  take(budget, 20);
  await clock.advance(12 * MINUTE);
  expect(budget.paused("shop/web")).toEqual([]);
  expect(take(budget, 20)).toBe(BURST);
});

test("a workload that is gone takes its causes along", () => {
  const budget = new DestructionBudget(new FakeClock());
  take(budget, 20);
  budget.forget("shop/web");
  expect(budget.size).toBe(0);
  expect(take(budget, 1)).toBe(1);
});

test("whoever fights back under ever new names gets sixty deletions a minute of one workload, and no memory", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ pauseMs: fc.integer({ min: 1, max: 500 }), cause: fc.integer({ min: 0, max: 100_000 }) }), {
        minLength: 500,
        maxLength: 2_000,
      }),
      async (attempts) => {
        const clock = new FakeClock();
        const budget = new DestructionBudget(clock);
        const deletions: number[] = [];
        for (const { pauseMs, cause } of attempts) {
          await clock.advance(pauseMs);
          if (budget.take({ ...EXPENSE, cause: `Job/${cause}` }) === undefined) deletions.push(clock.monotonicMs());
        }
        // A window of a minute may touch two of the budget's own.
        for (const at of deletions)
          expect(deletions.filter((other) => other >= at && other < at + MINUTE).length).toBeLessThanOrEqual(120);
        expect(budget.size).toBeLessThanOrEqual(60 * 13);
      },
    ),
    { numRuns: 20 },
  );
});

test("the whole cluster has a bound, whatever the workloads", () => {
  const budget = new DestructionBudget(new FakeClock());
  const done = Array.from({ length: 2_000 }, (_, index) =>
    take(budget, 1, { cause: "mutator", workload: `ns-${index}/web`, namespace: `ns-${index}` }),
  ).filter((count) => count === 1).length;
  expect(done).toBe(1_200);
});

test("hostile namespaces keep no other from being put right", () => {
  const budget = new DestructionBudget(new FakeClock());
  for (const index of Array(600).keys()) {
    const namespace = `hostile-${index % 5}`;
    take(budget, 1, { cause: `manager-${index}`, workload: `${namespace}/web`, namespace });
  }
  expect(take(budget, 10, { cause: "NetworkPolicy by mallory", workload: "shop/web", namespace: "shop" })).toBe(10);
});

test("an attempt that destroyed nothing costs nothing", () => {
  const budget = new DestructionBudget(new FakeClock());
  const expense = { cause: "mutator", workload: "shop/web", namespace: "shop" };
  for (const _ of Array(50).keys()) {
    expect(budget.take(expense)).toBeUndefined();
    budget.giveBack(expense);
  }
  expect(take(budget, 20, expense)).toBe(10);
});
