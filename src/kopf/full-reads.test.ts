/** A cache that watches metadata alone: what it reads in full, how often, and that no order of answers loses a change. */
import { pino } from "pino";
import { ApiError } from "./api-error.ts";
import { ReflectedCache } from "./cache.ts";
import type { CacheChange } from "./cache-types.ts";
import { METADATA_ONLY } from "./full-reads.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";
import { type ListCall, ScriptedApi } from "./test-support/scripted-api.ts";
import { FakeClock, settle } from "./testing.ts";
import type { WatchEvent } from "./transport-types.ts";

const THING: Resource = { group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true };

const metadataOf = (name: string, version: number): KubeObject => ({
  apiVersion: "meta.k8s.io/v1",
  kind: "PartialObjectMetadata",
  metadata: { namespace: "shop", name, uid: `uid-${name}`, resourceVersion: String(version) },
});

const whole = (name: string, version: number): KubeObject => ({
  ...metadataOf(name, version),
  apiVersion: "v1",
  kind: "Thing",
  color: `color-${version}`,
});

const event = (type: WatchEvent["type"], object: KubeObject): WatchEvent => ({ type, object });

interface Kept {
  readonly version: string;
  readonly color: string;
}

interface Running {
  readonly api: ScriptedApi;
  readonly clock: FakeClock;
  readonly cache: ReflectedCache<Kept>;
  /** The requests for single objects, in their order. */
  reads(): readonly ListCall[];
  told(): readonly string[];
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Reads every object whose name does not begin with `other`. */
async function start(relistMs = 0): Promise<Running> {
  const [api, clock] = [new ScriptedApi(), new FakeClock()];
  const cache = new ReflectedCache<Kept>(
    {
      resource: THING,
      relistMs,
      readsInFull: (_metadata, { name }) => !name.startsWith("other"),
      shape: ({ metadata, color }, previous) => ({
        version: metadata.resourceVersion ?? "",
        color: color === undefined ? `${previous?.color}` : String(color),
      }),
    },
    { transport: api.transport, clock, logger: pino({ level: "silent" }), random: () => 0.5 },
  );
  const changes: CacheChange<Kept>[] = [];
  cache.onChange((change) => changes.push(change));
  const stopping = new AbortController();
  const running = cache.run(stopping.signal);
  stops.push(async () => {
    stopping.abort();
    await running;
  });
  await settle();
  return {
    api,
    clock,
    cache,
    reads: () => api.lists.filter(({ request }) => !request.path.endsWith("/things")),
    told: () =>
      changes.map(
        ({ type, name, new: now, initial }) =>
          `${type} ${name.name}${now === undefined ? "" : ` ${now.color}`}${initial ? " initial" : ""}`,
      ),
  };
}

const read = (running: Running, index: number): ListCall => {
  const call = running.reads()[index];
  if (call === undefined) throw new Error(`there is no read ${index}`);
  return call;
};

/** In sync with one object, a, at version 5. */
async function following(relistMs = 0): Promise<Running> {
  const running = await start(relistMs);
  await running.api.list.answer("10", [metadataOf("a", 5)]);
  await read(running, 0).send(whole("a", 5));
  return running;
}

test("asks for metadata alone, reads what is wanted, and is in sync when that is read", async () => {
  const running = await start();
  const { api, cache } = running;
  expect(api.list.request.accept).toBe(METADATA_ONLY.list);
  await api.list.answer("10", [metadataOf("a", 5), metadataOf("other", 6), metadataOf("b", 7)]);
  expect(api.watch.request.accept).toBe(METADATA_ONLY.watch);
  expect(running.reads().map(({ request }) => request.path)).toEqual([
    "/api/v1/namespaces/shop/things/a",
    "/api/v1/namespaces/shop/things/b",
  ]);
  await read(running, 1).send(whole("b", 7));
  expect(cache.isSynced()).toBe(false);
  await read(running, 0).send(whole("a", 5));
  expect(cache.isSynced()).toBe(true);
  expect(running.told()).toEqual(["added b color-7 initial", "added a color-5 initial"]);
});

test("reads again after each change, and never what it does not want", async () => {
  const running = await following();
  const { api } = running;
  await api.watch.send(event("ADDED", metadataOf("other", 11)), event("MODIFIED", metadataOf("a", 12)));
  expect(running.reads()).toHaveLength(2);
  expect(running.told().at(-1)).toBe("added a color-5 initial");
  await read(running, 1).send(whole("a", 12));
  expect(running.told().at(-1)).toBe("updated a color-12");
  expect(running.reads()).toHaveLength(2);
});

test("reads a change that is heard of while an older answer is under way", async () => {
  const running = await following();
  const { api } = running;
  await api.watch.send(event("MODIFIED", metadataOf("a", 12)));
  await api.watch.send(event("MODIFIED", metadataOf("a", 13)), event("MODIFIED", metadataOf("a", 14)));
  expect(running.reads()).toHaveLength(2);
  await read(running, 1).send(whole("a", 12));
  expect(running.reads()).toHaveLength(3);
  await read(running, 2).send(whole("a", 14));
  expect(running.told().at(-1)).toBe("updated a color-14");
  expect(running.reads()).toHaveLength(3);
});

test("takes an answer that is newer than its event for both", async () => {
  const running = await following();
  const { api } = running;
  await api.watch.send(event("MODIFIED", metadataOf("a", 12)));
  await read(running, 1).send(whole("a", 13));
  await api.watch.send(event("MODIFIED", metadataOf("a", 13)));
  expect(running.reads()).toHaveLength(2);
  expect(running.told().at(-1)).toBe("updated a color-13");
});

test("an answer that comes after the deletion brings nothing back", async () => {
  const running = await following();
  const { api, cache } = running;
  await api.watch.send(event("MODIFIED", metadataOf("a", 12)));
  await api.watch.send(event("DELETED", metadataOf("a", 13)));
  await read(running, 1).send(whole("a", 12));
  expect(running.told().at(-1)).toBe("deleted a");
  expect(cache.size).toBe(0);
});

test("reads what is made again under the name while it is found to be gone", async () => {
  const running = await following();
  const { api, cache } = running;
  await api.watch.send(event("MODIFIED", metadataOf("a", 12)));
  await api.watch.send(event("DELETED", metadataOf("a", 13)), event("ADDED", metadataOf("a", 14)));
  await read(running, 1).fail(new ApiError("gone", { status: 404, reason: "NotFound" }));
  await read(running, 2).send(whole("a", 14));
  expect(cache.get("shop/a")).toEqual({ version: "14", color: "color-14" });
});

test("tries again until the server answers, and is not in sync before", async () => {
  const running = await start();
  const { api, clock, cache } = running;
  await api.list.answer("10", [metadataOf("a", 5)]);
  for (const index of [0, 1, 2]) {
    await read(running, index).fail(new ApiError("overloaded", { status: 500, reason: "InternalError" }));
    expect(running.reads()).toHaveLength(index + 1);
    await clock.advance(1_000);
  }
  expect(cache.isSynced()).toBe(false);
  await read(running, 3).send(whole("a", 5));
  expect(cache.isSynced()).toBe(true);
});

test("a list that finds it unchanged reads nothing, and has it shaped again with what is kept", async () => {
  const running = await following(60_000);
  const { api, clock } = running;
  await clock.advance(90_000);
  await api.list.answer("20", [metadataOf("a", 5)]);
  expect(running.reads()).toHaveLength(1);
  expect(running.told().at(-1)).toBe("updated a color-5 initial");
});

test("a list reads what changed while nobody watched, and forgets what is gone", async () => {
  const running = await following(60_000);
  const { api, clock, cache } = running;
  await clock.advance(90_000);
  await api.list.answer("20", [metadataOf("b", 15)]);
  await read(running, 1).send(whole("b", 15));
  expect([...cache.entries()].map(([key]) => key)).toEqual(["shop/b"]);
});

test("after a restore from a backup the answer counts, though its version is older", async () => {
  const running = await following(60_000);
  const { api, clock, cache } = running;
  await clock.advance(90_000);
  await api.list.answer("4", [metadataOf("a", 3)]);
  expect(cache.get("shop/a")?.color).toBe("color-5");
  await read(running, 1).send(whole("a", 3));
  expect(cache.get("shop/a")?.color).toBe("color-3");
});

test("takes the answer to a write for its own events: they ask for no read", async () => {
  const running = await following();
  const { api, cache } = running;
  cache.observe(whole("a", 12));
  await api.watch.send(event("MODIFIED", metadataOf("a", 11)), event("MODIFIED", metadataOf("a", 12)));
  expect(running.reads()).toHaveLength(1);
  expect(cache.get("shop/a")?.color).toBe("color-12");
});

test("sends a few reads at a time, and all of them in the end", async () => {
  const running = await start();
  const { api, cache } = running;
  const names = Array.from({ length: 20 }, (_, index) => `thing-${index}`);
  await api.list.answer(
    "50",
    names.map((name, index) => metadataOf(name, index + 1)),
  );
  expect(running.reads()).toHaveLength(4);
  for (const [index, name] of names.entries()) {
    expect(running.reads().length - index).toBeLessThanOrEqual(4);
    await read(running, index).send(whole(name, index + 1));
  }
  expect(cache.size).toBe(20);
  expect(cache.isSynced()).toBe(true);
});

test("a server that answers in full is taken at its word", async () => {
  const running = await start();
  await running.api.list.answer("10", [whole("a", 5)]);
  expect(running.reads()).toEqual([]);
  expect(running.told()).toEqual(["added a color-5 initial"]);
});
