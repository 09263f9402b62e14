import { expect, test } from "@jest/globals";
import { FakeClock } from "kopf-ts/testing";
import { CorrectionLimiter } from "./correction-limiter.ts";

const MINUTE = 60_000;

test("twenty corrections of one child are free, and then two a second", async () => {
  const clock = new FakeClock();
  const limiter = new CorrectionLimiter(clock);
  for (let count = 0; count < 20; count += 1) {
    expect(limiter.delayMs("Deployment/shop/web")).toBe(0);
    limiter.record("Deployment/shop/web");
  }
  expect(limiter.delayMs("Deployment/shop/web")).toBe(500);
  expect(limiter.delayMs("Deployment/shop/api")).toBe(0);
  await clock.advance(500);
  expect(limiter.delayMs("Deployment/shop/web")).toBe(0);
});

test("five corrections within five minutes are a contest, until it is calm", async () => {
  const clock = new FakeClock();
  const limiter = new CorrectionLimiter(clock);
  for (let count = 0; count < 5; count += 1) limiter.record("Service/shop/web");
  expect(limiter.contested(["Service/shop/web", "Service/shop/api"])).toMatchObject({ children: ["Service/shop/web"] });
  await clock.advance(5 * MINUTE + 1);
  expect(limiter.contested(["Service/shop/web"]).children).toEqual([]);
});

test("20,000 objects with new names leave only those of the last five minutes in memory", async () => {
  const clock = new FakeClock();
  const limiter = new CorrectionLimiter(clock);
  for (let count = 0; count < 20_000; count += 1) {
    limiter.record(`Pod/shop/web-${count}`);
    if (count % 100 === 0) await clock.advance(10_000);
  }
  expect(limiter.size).toBeLessThanOrEqual(100 * 6 * 6 + 100);
  await clock.advance(6 * MINUTE);
  limiter.record("Pod/shop/last");
  expect(limiter.size).toBe(1);
});
