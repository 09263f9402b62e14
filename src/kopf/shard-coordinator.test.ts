import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createControllerMetrics } from "./metrics.ts";
import { ShardCoordinator } from "./shard-coordinator.ts";
import { waitUntilShardCountsAgree } from "./shard-count-guard.ts";
import type { ShardTerm } from "./shard-term.ts";
import { LeaseServer } from "./test-support/lease-server.ts";
import { FakeClock } from "./testing.ts";

const PERIODS = { leaseMs: 7_000, renewMs: 5_000, retryMs: 1_000 };
const logger = pino({ level: "silent" });

/** What may be held at once is one clock for all: their monotonic clocks run alike, whatever their wall clocks say. */
class Cluster {
  readonly clock = new FakeClock();
  readonly server = new LeaseServer();
  readonly replicas: Replica[] = [];

  start(identity: string, { shards = 4, drainMs = 0 } = {}): Replica {
    const replica = new Replica(this, identity, shards, drainMs);
    this.replicas.push(replica);
    return replica;
  }

  async stop(): Promise<void> {
    for (const replica of this.replicas) replica.stop();
    await this.clock.advance(40_000);
  }

  /** The replicas that may write for the shard at this moment. */
  holders(shard: number): readonly string[] {
    return this.replicas.filter((replica) => replica.holds().includes(shard)).map(({ identity }) => identity);
  }

  /** Moves time in small steps and looks at each of them. */
  async watch(forMs: number, look: () => void = () => {}): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
      await this.clock.advance(100);
      for (let shard = 0; shard < 8; shard += 1) expect(this.holders(shard).length).toBeLessThanOrEqual(1);
      look();
    }
  }
}

class Replica {
  readonly identity: string;
  readonly ended: Promise<void>;
  reachable = true;
  /** Whether it can read and write the Leases of shards, beside its own. */
  reachesShards = true;
  readonly #terms = new Set<ShardTerm>();
  readonly #stop = new AbortController();

  constructor({ clock, server }: Cluster, identity: string, shards: number, drainMs: number) {
    this.identity = identity;
    const keeper = new ShardCoordinator({
      ...PERIODS,
      client: server.client((name) => this.reachable && (this.reachesShards || !name?.startsWith("op-shard"))),
      clock,
      logger,
      metrics: createControllerMetrics(new Registry()),
      namespace: "n",
      name: "op",
      identity,
      shards,
      random: () => 0,
    });
    this.ended = keeper.run(this.#stop.signal, async (term, closing) => {
      this.#terms.add(term);
      await new Promise<void>((resolve) => {
        closing.addEventListener("abort", () => void clock.after(drainMs, resolve), { once: true });
        term.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      this.#terms.delete(term);
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  holds(): readonly number[] {
    return [...this.#terms].flatMap((term) => (term.isHeld() ? [term.shard] : [])).sort();
  }
}

const count = (...replicas: readonly Replica[]): readonly number[] => replicas.map((replica) => replica.holds().length);

test("one replica holds every shard; a second is handed its share, each shard by one alone at every moment", async () => {
  const cluster = new Cluster();
  const first = cluster.start("first");
  await cluster.watch(3_000);
  expect(count(first)).toEqual([4]);
  const second = cluster.start("second");
  await cluster.watch(5_000);
  expect(count(first, second)).toEqual([2, 2]);
  expect(cluster.server.names()).toEqual([
    "op-member-first",
    "op-member-second",
    "op-shard-0",
    "op-shard-1",
    "op-shard-2",
    "op-shard-3",
  ]);
  await cluster.stop();
});

test("what runs for a shard ends before another replica holds it", async () => {
  const cluster = new Cluster();
  const first = cluster.start("first", { drainMs: 6_000 });
  await cluster.watch(3_000);
  const second = cluster.start("second");
  await cluster.watch(5_500);
  expect(count(first, second)).toEqual([4, 0]);
  await cluster.watch(4_000);
  expect(count(first, second)).toEqual([2, 2]);
  await cluster.stop();
});

test("a replica that stops hands over at once, and need not be waited for", async () => {
  const cluster = new Cluster();
  const first = cluster.start("first");
  const second = cluster.start("second");
  await cluster.watch(5_000);
  first.stop();
  await cluster.watch(2_500);
  expect(count(first, second)).toEqual([0, 4]);
  await first.ended;
  await cluster.stop();
});

test("a replica that is cut off stops by itself before others take its shards, and has them again when it is back", async () => {
  const cluster = new Cluster();
  const [first, second] = [cluster.start("first"), cluster.start("second")];
  await cluster.watch(5_000);
  first.reachable = false;
  await cluster.watch(10_000);
  expect(count(first, second)).toEqual([0, 4]);
  first.reachable = true;
  await cluster.watch(5_000);
  expect(count(first, second)).toEqual([2, 2]);
  await cluster.stop();
});

test("a process that stood still holds nothing when it goes on, before any timer has fired", async () => {
  const cluster = new Cluster();
  const only = cluster.start("only");
  await cluster.watch(3_000);
  expect(count(only)).toEqual([4]);
  cluster.clock.stall(6_000);
  expect(count(only)).toEqual([0]);
  await cluster.watch(20_000);
  expect(count(only)).toEqual([4]);
  await cluster.stop();
});

test("a server that nobody reached for a while moves nothing", async () => {
  const cluster = new Cluster();
  const replicas = [cluster.start("first"), cluster.start("second")];
  await cluster.watch(5_000);
  const before = replicas.map((replica) => replica.holds());
  for (const replica of replicas) replica.reachable = false;
  await cluster.watch(20_000);
  for (const replica of replicas) replica.reachable = true;
  let most = 0;
  await cluster.watch(15_000, () => {
    most = Math.max(most, ...count(...replicas));
  });
  expect(replicas.map((replica) => replica.holds())).toEqual(before);
  expect(most).toBe(2);
  await cluster.stop();
});

test("a shard that its rightful replica does not take is taken by the next, and not given back at once", async () => {
  const cluster = new Cluster();
  const [first, second] = [cluster.start("first"), cluster.start("second")];
  await cluster.watch(5_000);
  expect(count(first, second)).toEqual([2, 2]);
  first.reachesShards = false;
  await cluster.watch(7_500);
  expect(count(first, second)).toEqual([0, 2]);
  await cluster.watch(16_000);
  expect(count(first, second)).toEqual([0, 4]);
  first.reachesShards = true;
  await cluster.watch(60_000);
  expect(count(first, second)).toEqual([0, 4]);
  await cluster.watch(90_000);
  expect(count(first, second)).toEqual([2, 2]);
  await cluster.stop();
});

test("a replica with another number of shards waits until those that came before it are gone", async () => {
  const cluster = new Cluster();
  const [first, second] = [cluster.start("first", { shards: 2 }), cluster.start("second", { shards: 2 })];
  await cluster.watch(5_000);
  const third = cluster.start("third", { shards: 3 });
  await cluster.watch(10_000);
  expect(count(first, second, third)).toEqual([1, 1, 0]);
  first.stop();
  await cluster.watch(5_000);
  expect(count(second, third)).toEqual([2, 0]);
  second.stop();
  await cluster.watch(4_000);
  expect(count(second, third)).toEqual([0, 3]);
  await cluster.stop();
});

test("replicas with different numbers that come at once do nothing, until one is gone", async () => {
  const cluster = new Cluster();
  const [two, three] = [cluster.start("two", { shards: 2 }), cluster.start("three", { shards: 3 })];
  await cluster.watch(20_000);
  expect(count(two, three)).toEqual([0, 0]);
  two.stop();
  await cluster.watch(3_000);
  expect(count(three)).toEqual([3]);
  await cluster.stop();
});

test("a number that changed is no way in for a replica that stood still meanwhile", async () => {
  const cluster = new Cluster();
  const old = cluster.start("old", { shards: 2 });
  await cluster.watch(3_000);
  old.reachable = false;
  const next = cluster.start("next", { shards: 3 });
  await cluster.watch(12_000);
  expect(count(old, next)).toEqual([0, 3]);
  old.reachable = true;
  await cluster.watch(10_000);
  expect(count(old, next)).toEqual([0, 3]);
  await cluster.stop();
});

test("a member's Lease that is deleted does not make it dead", async () => {
  const cluster = new Cluster();
  const old = cluster.start("old", { shards: 2 });
  await cluster.watch(3_000);
  const next = cluster.start("next", { shards: 3 });
  for (let round = 0; round < 5; round += 1) {
    cluster.server.leases.delete("op-member-old");
    await cluster.watch(3_000);
    expect(count(old, next)).toEqual([2, 0]);
  }
  await cluster.stop();
});

test("one that does everything waits for those that divide, and those for it", async () => {
  const cluster = new Cluster();
  const divided = cluster.start("divided", { shards: 2 });
  await cluster.watch(3_000);
  const single = { client: cluster.server.client(), clock: cluster.clock, logger, namespace: "n", name: "op" };
  let alone = false;
  const waiting = waitUntilShardCountsAgree(
    { ...single, ...PERIODS, identity: "single" },
    new AbortController().signal,
  ).then(() => {
    alone = true;
  });
  await cluster.watch(10_000);
  expect([alone, ...count(divided)]).toEqual([false, 2]);
  // It holds the operator's own Lease meanwhile, which whoever comes now sees.
  const spec = { holderIdentity: "single", leaseDurationSeconds: 3_600 };
  await cluster.server.client().create({} as never, {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace: "n", name: "op" },
    spec,
  });
  divided.stop();
  const late = cluster.start("late", { shards: 2 });
  await cluster.watch(10_000);
  await cluster.server.client().replace({} as never, cluster.server.leases.get("op") as never);
  expect(count(divided, late)).toEqual([0, 0]);
  late.stop();
  await cluster.watch(5_000);
  await waiting;
  await cluster.stop();
});

test("Leases of replicas that were killed are collected after a long while", async () => {
  const cluster = new Cluster();
  const [first, second] = [cluster.start("first"), cluster.start("second")];
  await cluster.watch(3_000);
  second.reachable = false;
  second.stop();
  await cluster.clock.advance(60_000);
  expect(cluster.server.names()).toContain("op-member-second");
  await cluster.clock.advance(20 * 60_000);
  expect(cluster.server.names()).not.toContain("op-member-second");
  expect(count(first)).toEqual([4]);
  await cluster.stop();
});

test("nothing is left behind when all have stopped", async () => {
  const cluster = new Cluster();
  for (const identity of ["a", "b", "c"]) cluster.start(identity);
  await cluster.watch(6_000);
  await cluster.stop();
  await Promise.all(cluster.replicas.map(({ ended }) => ended));
  expect(cluster.server.names().map((name) => cluster.server.holder(name))).toEqual(Array(7).fill(""));
  expect(cluster.clock.pending).toBe(0);
});
