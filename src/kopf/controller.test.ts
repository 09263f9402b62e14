import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { Registry } from "prom-client";
import { Controller, type ReconcileHandler } from "./controller.ts";
import { createControllerMetrics } from "./metrics.ts";
import { settled, TemporaryError } from "./outcome.ts";
import { FakeClock } from "./testing.ts";

function running(handler: ReconcileHandler, concurrency = 2) {
  const clock = new FakeClock();
  const registry = new Registry();
  const metrics = createControllerMetrics(registry);
  const logger = pino({ level: "silent" });
  const controller = new Controller({ name: "test", handler, clock, logger, metrics, concurrency, timeoutMs: 1_000 });
  const stop = new AbortController();
  const ended = controller.run(stop.signal, new AbortController().signal);
  return { controller, clock, registry, stop: () => stop.abort(), ended };
}

test("a handler that throws is tried again later, others are not held up", async () => {
  const runs: string[] = [];
  const { controller, clock, stop, ended } = running(async ({ key }) => {
    runs.push(key);
    if (key === "bad" && runs.filter((run) => run === "bad").length < 3) throw new Error("broken");
    return settled();
  });
  controller.enqueue("bad");
  controller.enqueue("good");
  await clock.advance(100);
  expect(runs.filter((run) => run === "bad")).toHaveLength(3);
  expect(runs.filter((run) => run === "good")).toHaveLength(1);
  stop();
  await ended;
});

test("a handler that hangs is cut, frees its worker, and is not started twice at once", async () => {
  let active = 0;
  let most = 0;
  const done: string[] = [];
  const { controller, clock, stop, ended } = running(async ({ key, signal }) => {
    if (key !== "hangs") {
      done.push(key);
      return settled();
    }
    active += 1;
    most = Math.max(most, active);
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => void clock.after(500, resolve), { once: true });
    });
    active -= 1;
    return settled();
  }, 1);
  controller.enqueue("hangs");
  await clock.advance(0);
  controller.enqueue("other");
  await clock.advance(1_000);
  expect(done).toEqual(["other"]);
  await clock.advance(5_000);
  expect(most).toBe(1);
  stop();
  await clock.advance(5_000);
  await ended;
});

test("a mistake of the code and a run that is cut off are counted by themselves, from 0 on", async () => {
  const { controller, clock, registry, stop, ended } = running(async ({ key, signal }) => {
    if (key === "mistaken") throw new TypeError("undefined is not a function");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return settled();
  });
  expect(await registry.metrics()).toContain('controller_runtime_reconcile_panics_total{controller="test"} 0');
  controller.enqueue("mistaken");
  controller.enqueue("hangs");
  await clock.advance(1_000);
  stop();
  await clock.advance(1_000);
  await ended;
  const text = await registry.metrics();
  expect(text).toMatch(/controller_runtime_reconcile_panics_total\{controller="test"\} [1-9]/);
  expect(text).toContain('controller_runtime_reconcile_timeouts_total{controller="test"} 1');
});

test("a temporary error waits as long as it says, and counts as no failure", async () => {
  let runs = 0;
  const { controller, clock, registry, stop, ended } = running(async () => {
    runs += 1;
    if (runs === 1) throw new TemporaryError("later", 3_000);
    return settled();
  });
  controller.enqueue("a");
  await clock.advance(2_900);
  expect(runs).toBe(1);
  await clock.advance(200);
  expect(runs).toBe(2);
  const text = await registry.metrics();
  expect(text).toContain('controller_runtime_reconcile_total{controller="test",result="requeue_after"} 1');
  expect(text).toContain('controller_runtime_reconcile_total{controller="test",result="success"} 1');
  stop();
  await ended;
});

test("what runs may end after a stop, and nothing new is begun", async () => {
  const finished: string[] = [];
  const gate = Promise.withResolvers<void>();
  const { controller, clock, stop, ended } = running(async ({ key }) => {
    await gate.promise;
    finished.push(key);
    return settled();
  }, 1);
  controller.enqueue("running");
  await clock.advance(0);
  controller.enqueue("waiting");
  stop();
  gate.resolve();
  await ended;
  expect(finished).toEqual(["running"]);
});
