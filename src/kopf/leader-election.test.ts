import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { createElector, type Elector } from "./leader-election.ts";
import { LeaseServer } from "./test-support/lease-server.ts";
import { FakeClock } from "./testing.ts";

interface Candidate {
  readonly elector: Elector;
  readonly ended: Promise<string>;
  readonly stop: () => void;
  /** When it led, in its own monotonic milliseconds. */
  readonly spans: { from: number; to: number | undefined }[];
}

interface Periods {
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly retryMs: number;
}

function candidate(
  server: LeaseServer,
  identity: string,
  clock: FakeClock,
  { isReachable, ...periods }: Partial<Periods> & { readonly isReachable?: () => boolean } = {},
): Candidate {
  const elector = createElector({
    client: server.client(isReachable),
    namespace: "n",
    name: "l",
    identity,
    clock,
    logger: pino({ level: "silent" }),
    random: () => 0,
    ...periods,
  });
  const stop = new AbortController();
  const spans: Candidate["spans"] = [];
  const ended = elector.run(stop.signal, {
    onStarted: (lost) => {
      const span: Candidate["spans"][number] = { from: clock.monotonicMs(), to: undefined };
      spans.push(span);
      return new Promise((resolve) => {
        const end = (): void => {
          span.to = clock.monotonicMs();
          resolve();
        };
        lost.addEventListener("abort", end, { once: true });
        stop.signal.addEventListener("abort", end, { once: true });
      });
    },
  });
  return { elector, ended, stop: () => stop.abort(), spans };
}

test("one of two leads, and the other takes over at once when it releases", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const first = candidate(server, "first", clock);
  await clock.advance(100);
  const second = candidate(server, "second", clock);
  await clock.advance(30_000);
  expect([first.elector.isLeader(), second.elector.isLeader()]).toEqual([true, false]);
  first.stop();
  await clock.advance(2_500);
  expect(await first.ended).toBe("released");
  expect([server.holder("l"), second.elector.isLeader()]).toEqual(["second", true]);
  second.stop();
  await clock.advance(100);
});

test("a leader that is cut off stops before another starts", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  let reachable = true;
  const first = candidate(server, "first", clock, { isReachable: () => reachable });
  await clock.advance(100);
  const second = candidate(server, "second", clock);
  await clock.advance(20_000);
  reachable = false;
  await clock.advance(40_000);
  expect(await first.ended).toBe("lost");
  expect(second.elector.isLeader()).toBe(true);
  const stoppedAt = first.spans[0]?.to ?? Number.POSITIVE_INFINITY;
  expect(second.spans[0]?.from).toBeGreaterThan(stoppedAt);
  second.stop();
  await clock.advance(100);
});

test("a wall clock that jumps an hour either way moves nobody", async () => {
  for (const jumpMs of [3_600_000, -3_600_000]) {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const first = candidate(server, "first", clock);
    await clock.advance(100);
    const second = candidate(server, "second", clock);
    await clock.advance(5_000);
    clock.stepWall(jumpMs);
    await clock.advance(30_000);
    expect([first.elector.isLeader(), second.elector.isLeader()]).toEqual([true, false]);
    first.stop();
    second.stop();
    await clock.advance(5_000);
  }
});

test("a lease that another holder took is lost at the next look", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const first = candidate(server, "first", clock);
  await clock.advance(3_000);
  const held = server.leases.get("l");
  if (held === undefined) throw new Error("no lease");
  await server.client().replace({} as never, { ...held, spec: { holderIdentity: "thief", leaseDurationSeconds: 15 } });
  await clock.advance(2_500);
  expect(await first.ended).toBe("lost");
  expect(first.elector.isLeader()).toBe(false);
});

test("a renew deadline beyond the lease is refused, since two could lead", () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const elector = createElector({
    client: server.client(),
    namespace: "n",
    name: "l",
    identity: "i",
    clock,
    logger: pino({ level: "silent" }),
  });
  expect(elector.isLeader()).toBe(false);
  expect(() =>
    createElector({
      client: server.client(),
      namespace: "n",
      name: "l",
      identity: "i",
      clock,
      logger: pino({ level: "silent" }),
      leaseMs: 5,
      renewMs: 10,
    }),
  ).toThrow("retryMs < renewMs < leaseMs");
});

test("a deadline close to the lease's end is kept to the millisecond, whatever the rhythm of tries", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const periods = { leaseMs: 10_000, renewMs: 9_900, retryMs: 4_000 };
  let reachable = true;
  const first = candidate(server, "first", clock, { isReachable: () => reachable, ...periods });
  await clock.advance(100);
  const second = candidate(server, "second", clock, { ...periods, retryMs: 500 });
  await clock.advance(8_000);
  reachable = false;
  await clock.advance(30_000);
  expect(await first.ended).toBe("lost");
  expect(second.spans[0]?.from).toBeGreaterThan(first.spans[0]?.to ?? Number.POSITIVE_INFINITY);
  second.stop();
  await clock.advance(100);
});

test("a process that stood still beyond its deadline does not lead any more, before any timer has fired", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const first = candidate(server, "first", clock);
  await clock.advance(3_000);
  expect(first.elector.isLeader()).toBe(true);
  clock.stall(20_000);
  expect(first.elector.isLeader()).toBe(false);
  await clock.advance(5_000);
  expect(await first.ended).toBe("lost");
});

test("a Lease that is deleted is still its holder's, until it would have run out", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  let reachable = true;
  const first = candidate(server, "first", clock, { isReachable: () => reachable });
  await clock.advance(100);
  const second = candidate(server, "second", clock);
  await clock.advance(5_000);
  reachable = false;
  server.leases.delete("l");
  await clock.advance(60_000);
  expect(await first.ended).toBe("lost");
  expect(second.spans[0]?.from).toBeGreaterThan(first.spans[0]?.to ?? Number.POSITIVE_INFINITY);
  second.stop();
  await clock.advance(100);
});

test("work that throws gives the Lease back, instead of holding it for nothing", async () => {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const logger = pino({ level: "silent" });
  const elector = createElector({ client: server.client(), namespace: "n", name: "l", identity: "i", clock, logger });
  const ended = elector.run(new AbortController().signal, { onStarted: () => Promise.reject(new Error("broken")) });
  await expect(ended).rejects.toThrow("broken");
  expect(server.holder("l")).toBe("");
  expect(clock.pending).toBe(0);
});
