import { expect, test } from "@jest/globals";
import { FakeClock } from "kopf-ts/testing";
import { Disruptions, MANY } from "./counter.ts";

const MINUTE_MS = 60_000;

test("many within five minutes are told of once, and each workload has a count of its own", () => {
  const disruptions = new Disruptions(new FakeClock());
  const told = Array.from({ length: 2 * MANY - 1 }, () => disruptions.note("shop/web"));
  expect(told.flatMap((isTold, index) => (isTold ? [index + 1] : []))).toEqual([MANY]);
  expect(disruptions.note("shop/catalog")).toBe(false);
  expect(disruptions.note("shop/web")).toBe(true);
});

test("as many over an hour are ordinary", async () => {
  const clock = new FakeClock();
  const disruptions = new Disruptions(clock);
  for (let count = 0; count < 3 * MANY; count += 1) {
    expect(disruptions.note("shop/web")).toBe(false);
    await clock.advance(MINUTE_MS);
  }
});
