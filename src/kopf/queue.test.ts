import { expect, test } from "@jest/globals";
import { WorkQueue } from "./queue.ts";
import { FakeClock } from "./testing.ts";

const never = new AbortController().signal;

function aQueue(): { readonly queue: WorkQueue; readonly clock: FakeClock } {
  const clock = new FakeClock();
  return { queue: new WorkQueue({ clock, backoffBaseMs: 10, backoffMaxMs: 100 }), clock };
}

const keys = async (queue: WorkQueue, count: number): Promise<(string | undefined)[]> => {
  const taken: (string | undefined)[] = [];
  for (let index = 0; index < count; index += 1) taken.push((await queue.take(never))?.key);
  return taken;
};

test("a key waits once, however often it is added", async () => {
  const { queue } = aQueue();
  for (let index = 0; index < 5; index += 1) queue.add("a");
  queue.add("b");
  expect(queue.length).toBe(2);
  expect(await keys(queue, 2)).toEqual(["a", "b"]);
});

test("a running key is not handed out again, and runs once more when it was added meanwhile", async () => {
  const { queue } = aQueue();
  queue.add("a");
  await queue.take(never);
  queue.add("a");
  queue.add("a");
  expect(queue.length).toBe(0);
  queue.done("a");
  expect(queue.length).toBe(1);
  expect(await keys(queue, 1)).toEqual(["a"]);
  queue.done("a");
  expect(queue.length).toBe(0);
});

test("live changes go before a resync, first come first served inside one", async () => {
  const { queue } = aQueue();
  queue.add("resync-1", { priority: -100 });
  queue.add("resync-2", { priority: -100 });
  queue.add("live-1");
  queue.add("live-2");
  queue.add("resync-2");
  expect(await keys(queue, 4)).toEqual(["live-1", "live-2", "resync-2", "resync-1"]);
});

test("the earlier time wins, in either order", async () => {
  const { queue, clock } = aQueue();
  queue.add("a", { afterMs: 1_000 });
  queue.add("a", { afterMs: 100 });
  queue.add("a", { afterMs: 5_000 });
  await clock.advance(99);
  expect(queue.length).toBe(0);
  await clock.advance(1);
  expect(queue.length).toBe(1);
  await queue.take(never);
  queue.done("a");
  await clock.advance(10_000);
  expect(queue.length).toBe(0);
  expect(clock.pending).toBe(0);
});

test("failures back off per key, up to the bound, and are forgotten on success", async () => {
  const { queue, clock } = aQueue();
  const delays: number[] = [];
  queue.add("a");
  for (let index = 0; index < 6; index += 1) {
    await queue.take(never);
    delays.push(queue.retry("a"));
    queue.done("a");
    await clock.advance(100);
  }
  expect(delays).toEqual([10, 20, 40, 80, 100, 100]);
  queue.forget("a");
  await queue.take(never);
  expect(queue.retry("a")).toBe(10);
});

test("an add while a key runs cuts its back-off short", async () => {
  const { queue } = aQueue();
  queue.add("a");
  await queue.take(never);
  queue.retry("a");
  queue.add("a");
  queue.done("a");
  expect(queue.length).toBe(1);
});

test("a taker waits for work, and leaves empty-handed when the queue closes or it is told to stop", async () => {
  const { queue } = aQueue();
  const stop = new AbortController();
  const stopped = queue.take(stop.signal);
  const served = queue.take(never);
  stop.abort();
  expect(await stopped).toBeUndefined();
  queue.add("a");
  expect((await served)?.key).toBe("a");
  const closed = queue.take(never);
  queue.close();
  expect(await closed).toBeUndefined();
});

test("first come stays first served over adds and takes in any order", async () => {
  const { queue } = aQueue();
  for (const key of ["a", "b", "c"]) queue.add(key);
  expect(await keys(queue, 1)).toEqual(["a"]);
  queue.done("a");
  queue.add("a");
  queue.add("b", { priority: 1 });
  expect(await keys(queue, 3)).toEqual(["b", "c", "a"]);
  for (const key of ["a", "b", "c"]) queue.done(key);
  queue.add("d");
  expect(await keys(queue, 1)).toEqual(["d"]);
});

test("a delay longer than a timer can hold is waited out, and does not run at once", async () => {
  const { queue, clock } = aQueue();
  const days = 24 * 3_600_000;
  queue.add("a", { afterMs: 60 * days });
  await clock.advance(59 * days);
  expect(queue.length).toBe(0);
  await clock.advance(days);
  expect(queue.length).toBe(1);
});

test("a taker that is stopped as it is woken leaves the key to another", async () => {
  const { queue } = aQueue();
  const stop = new AbortController();
  const stopped = queue.take(stop.signal);
  const other = queue.take(never);
  queue.add("a");
  stop.abort();
  expect(await stopped).toBeUndefined();
  expect((await other)?.key).toBe("a");
});

test("it tells how long what runs has been running", async () => {
  const { queue, clock } = aQueue();
  queue.add("a");
  queue.add("b");
  await keys(queue, 1);
  await clock.advance(50);
  await keys(queue, 1);
  await clock.advance(10);
  expect(queue.unfinished()).toEqual({ totalMs: 70, longestMs: 60 });
  queue.done("a");
  queue.done("b");
  expect(queue.unfinished()).toEqual({ totalMs: 0, longestMs: 0 });
});
