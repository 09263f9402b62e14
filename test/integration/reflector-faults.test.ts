/** The cache against a real API server whose connection breaks in every way known: after each, it equals the server's list. */
import type { Client } from "kopf-ts";
import { until } from "../cluster/index.ts";
import type { StreamFault } from "../support/faults.ts";
import { CONFIG_MAP, configMap, type FollowedCache, followConfigMaps, versionOf } from "../support/followed-cache.ts";
import { useFollowedCache } from "../support/use-followed-cache.ts";
import { useCluster } from "../support/use-palisade.ts";

const WATCH = { watch: true } as const;
const LIST = { method: "GET", watch: false } as const;
const GONE = { kind: "status", status: 410, reason: "Expired" } as const;

let client: Client;
let namespace: string;

const { cluster } = useCluster({ state: "bare" });
const used = useFollowedCache(cluster, "faults");
const { follow } = used;

beforeEach(() => {
  ({ client, namespace } = used);
});

const create = async (name: string): Promise<string> =>
  versionOf(await client.create(CONFIG_MAP, configMap(namespace, name)));
const update = async (name: string, value: string): Promise<string> =>
  versionOf(await client.apply(CONFIG_MAP, configMap(namespace, name, value)));
const remove = (name: string): Promise<boolean> => client.delete(CONFIG_MAP, { namespace, name });

/** Creates, updates and deletes; returns what an unbroken watch would tell of each object. */
async function makeHistory(round: number): Promise<ReadonlyMap<string, readonly string[]>> {
  const [kept, gone, again] = [`kept-${round}`, `gone-${round}`, `again-${round}`];
  const created = new Map<string, string[]>();
  for (const name of [kept, gone, again]) created.set(name, [`added ${await create(name)}`]);
  for (const value of ["1", "2", "3"]) created.get(kept)?.push(`updated ${await update(kept, value)}`);
  await remove(gone);
  created.get(gone)?.push("deleted");
  await remove(again);
  created.get(again)?.push("deleted", `added ${await create(again)}`);
  return created;
}

describe("a watch that breaks", () => {
  const faults: readonly { readonly name: string; readonly fault: StreamFault; readonly idleMs?: number }[] = [
    { name: "its connection is reset", fault: { kind: "cut" } },
    { name: "its connection is reset in the middle of an event", fault: { kind: "cut", afterBytes: 300 } },
    { name: "it ends after half a line of JSON", fault: { kind: "half-line" } },
    {
      name: "the server ends it with an internal error",
      fault: { kind: "error-event", status: 500, reason: "InternalError" },
    },
    { name: "it goes silent", fault: { kind: "silence" }, idleMs: 1_500 },
  ];

  test.each(faults)("loses no event and applies none twice when $name", async ({ fault, idleMs }) => {
    const { proxy, story, converged } = await follow(idleMs === undefined ? {} : { idleMs });
    for (const round of [1, 2, 3]) {
      await until(() => proxy.streams(WATCH) > 0, "an open watch");
      expect(proxy.strike(fault, WATCH)).toBe(1);
      const history = await makeHistory(round);
      await converged(client);
      for (const [name, expected] of history) expect(story(name)).toEqual(expected);
    }
    // A quiet stream under so short an idle limit is listed again by design.
    if (idleMs === undefined) expect(proxy.count(LIST)).toBe(1);
  });

  test("keeps its number of connections over many resets", async () => {
    const { proxy, converged } = await follow();
    for (let round = 0; round < 8; round += 1) {
      await until(() => proxy.streams(WATCH) === 1, "an open watch");
      proxy.strike({ kind: "cut" }, WATCH);
      await create(`object-${round}`);
    }
    await converged(client);
    await until(() => proxy.streams(WATCH) === 1, "an open watch");
    // One for the list, kept alive, and one for the watch.
    expect(proxy.connections().open).toBeLessThanOrEqual(2);
  });
});

describe("a version that the server no longer keeps", () => {
  /** Runs `change` while the cache is cut off; the next watch is then answered by 410. */
  async function across(gap: FollowedCache, change: () => Promise<void>, expired: boolean): Promise<void> {
    await gap.proxy.refuse();
    await change();
    if (expired) gap.proxy.inject(GONE, WATCH);
    await gap.proxy.accept();
    await gap.converged(client);
  }

  test.each([
    { name: "resumed from its version", expired: false },
    { name: "listed anew after a 410", expired: true },
  ])("shows what was deleted, created and replaced in the gap when $name", async ({ expired }) => {
    const made: Record<string, string> = {};
    for (const name of ["stays", "goes", "changes", "returns"]) made[name] = await create(name);
    const gap = await follow();
    const first = gap.cache.uid(`${namespace}/returns`);
    await across(
      gap,
      async () => {
        await remove("goes");
        made.changed = await update("changes", "1");
        await remove("returns");
        made.returned = await create("returns");
        made.new = await create("new");
      },
      expired,
    );
    expect(gap.story("stays")).toEqual([`added ${made.stays}`]);
    expect(gap.story("goes")).toEqual([`added ${made.goes}`, "deleted"]);
    expect(gap.story("changes")).toEqual([`added ${made.changes}`, `updated ${made.changed}`]);
    expect(gap.story("returns")).toEqual([`added ${made.returns}`, "deleted", `added ${made.returned}`]);
    expect(gap.story("new")).toEqual([`added ${made.new}`]);
    expect(gap.cache.uid(`${namespace}/returns`)).not.toBe(first);
    expect(gap.proxy.count(LIST)).toBe(expired ? 2 : 1);
  });

  test("tells of what a list found changed as of news, and of the rest as of nothing new", async () => {
    await create("stays");
    await create("changes");
    const gap = await follow();
    const before = gap.changes.length;
    await across(
      gap,
      async () => {
        await update("changes", "1");
      },
      true,
    );
    const told = new Map(gap.changes.slice(before).map(({ name, initial }) => [name.name, initial]));
    expect(told).toEqual(
      new Map([
        ["stays", true],
        ["changes", false],
      ]),
    );
  });

  test("is listed anew when the watch itself brings the 410", async () => {
    const { proxy, converged, story } = await follow();
    proxy.strike({ kind: "error-event", status: 410, reason: "Expired" }, WATCH);
    const created = await create("object");
    await converged(client);
    expect(story("object")).toEqual([`added ${created}`]);
    expect(proxy.count(LIST)).toBe(2);
  });
});

describe("a server in trouble", () => {
  test.each([
    {
      name: "429 with Retry-After",
      fault: { kind: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 1 } as const,
    },
    { name: "500", fault: { kind: "status", status: 500, reason: "InternalError" } as const },
    { name: "503", fault: { kind: "status", status: 503, reason: "ServiceUnavailable" } as const },
  ])("that answers $name to lists and watches is asked again until it serves", async ({ fault }) => {
    await create("object");
    const startedMs = performance.now();
    const { proxy, converged } = await follow({
      before: (fresh) => {
        fresh.inject(fault, { ...LIST, times: 2 });
        fresh.inject(fault, { ...WATCH, times: 2 });
      },
    });
    await converged(client);
    expect(proxy.count(WATCH)).toBe(3);
    if ("retryAfterSeconds" in fault)
      expect(performance.now() - startedMs).toBeGreaterThan(4_000 * fault.retryAfterSeconds);
  });

  test("does not shut out what happens while its list is under way", async () => {
    const old = await create("old");
    const followed = await used.begin({
      before: (proxy) => proxy.inject({ kind: "delay", ms: 1_500 }, LIST),
    });
    await until(() => followed.proxy.count(LIST) === 1, "the list to be asked for");
    // Read by the server before, delivered after.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const fresh = await create("fresh");
    await remove("old");
    await followed.cache.whenSynced();
    await followed.converged(client);
    expect(followed.story("old")).toEqual([`added ${old}`, "deleted"]);
    expect(followed.story("fresh")).toEqual([`added ${fresh}`]);
  });

  test("whose list is slower than its stream undoes nothing that the stream brought", async () => {
    const history = new Map<string, readonly string[]>();
    const made = { goes: await create("goes"), changes: await create("changes") };
    const { proxy, story, converged } = await follow({ relistMs: 1_000 });
    proxy.inject({ kind: "delay", ms: 1_500 }, { ...LIST, times: 5 });
    const lists = proxy.count(LIST);
    await until(() => proxy.count(LIST) > lists, "the relist to be asked for");
    await new Promise((resolve) => setTimeout(resolve, 500));
    await remove("goes");
    history.set("goes", [`added ${made.goes}`, "deleted"]);
    history.set("changes", [`added ${made.changes}`, `updated ${await update("changes", "1")}`]);
    history.set("new", [`added ${await create("new")}`]);
    await until(() => proxy.count(LIST) > lists + 2, "two relists to be over");
    await converged(client);
    for (const [name, expected] of history) expect(story(name)).toEqual(expected);
  });

  test("that refuses connections for a while is not stormed, and is caught up with", async () => {
    const { proxy, story, converged } = await follow();
    await proxy.refuse();
    const opened = proxy.connections().opened;
    const created = await create("object");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await proxy.accept();
    await converged(client);
    expect(story("object")).toEqual([`added ${created}`]);
    expect(proxy.connections().opened - opened).toBeLessThanOrEqual(3);
  });

  test("that is killed and started again loses no write that it acknowledged", async () => {
    // Only a control plane of the test's own may be killed.
    if (cluster.description === undefined) return;
    const { proxy, story, converged } = await follow();
    const acknowledged = new Map<string, string>();
    const writing = new AbortController();
    const writer = (async () => {
      for (let index = 0; !writing.signal.aborted; index += 1) {
        const name = `object-${index}`;
        // A write in flight at the kill has no known outcome; it does not count.
        await create(name).then(
          (version) => acknowledged.set(name, version),
          () => {},
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await until(() => acknowledged.size > 20, "some writes before the kill");
    await cluster.restartApiServer();
    const atRestart = acknowledged.size;
    await until(() => acknowledged.size > atRestart + 20, "some writes after the start");
    writing.abort();
    await writer;
    await converged(client);
    for (const [name, version] of acknowledged) expect(story(name)).toEqual([`added ${version}`]);
    await until(() => proxy.streams(WATCH) === 1, "an open watch");
    expect(proxy.connections().open).toBeLessThanOrEqual(2);
  }, 120_000);
});

describe("a cache", () => {
  test("reads a collection of many pages whole", async () => {
    await Promise.all(Array.from({ length: 120 }, (_, index) => create(`object-${index}`)));
    const { proxy, cache, converged } = await follow({ pageSize: 50 });
    await converged(client);
    expect(cache.size).toBe(120);
    expect(proxy.count(LIST)).toBe(3);
  });

  test("begins its list anew when it expires between two pages", async () => {
    await Promise.all(Array.from({ length: 120 }, (_, index) => create(`object-${index}`)));
    const { cache, converged, changes } = await follow({
      pageSize: 50,
      before: (proxy) => {
        proxy.inject({ kind: "delay", ms: 0 }, LIST);
        proxy.inject(GONE, LIST);
      },
    });
    await converged(client);
    expect(cache.size).toBe(120);
    expect(changes.filter(({ type }) => type === "deleted")).toEqual([]);
  });

  test("follows an object out of its selector and back", async () => {
    const labelled = (value: string | undefined) =>
      client.patch(
        CONFIG_MAP,
        { namespace, name: "object" },
        { metadata: { labels: { app: value ?? null } } },
        { type: "merge" },
      );
    const { cache, story, converged } = await follow({ labelSelector: "app=web" });
    const expected: string[] = [];
    await client.create(CONFIG_MAP, configMap(namespace, "object"));
    for (let round = 0; round < 5; round += 1) {
      expected.push(`added ${versionOf(await labelled("web"))}`, "deleted");
      await labelled(undefined);
    }
    expected.push(`added ${versionOf(await labelled("web"))}`);
    await converged(client);
    await until(() => story("object").length >= expected.length, "every change");
    expect(story("object")).toEqual(expected);
    expect(cache.size).toBe(1);
  });

  test("knows its own write at once, and takes its late event for nothing new", async () => {
    const { proxy, cache, story, converged } = await follow({ idleMs: 2_000 });
    const key = `${namespace}/object`;
    await create("object");
    await converged(client);
    proxy.strike({ kind: "silence" }, WATCH);
    const foreign = await update("object", "1");
    const own = await client.apply(CONFIG_MAP, configMap(namespace, "object", "2"));
    cache.observe(own);
    expect(cache.version(key)).toBe(versionOf(own));
    await create("later");
    await until(() => cache.get(`${namespace}/later`) !== undefined, "the events after it");
    await converged(client);
    expect(story("object").slice(1)).toEqual([`updated ${versionOf(own)}`]);
    expect(story("object")).not.toContain(`updated ${foreign}`);
  });

  test("does not take back its own deletion for an event that is late", async () => {
    const { proxy, cache, story, converged } = await follow({ idleMs: 2_000 });
    await create("object");
    await converged(client);
    proxy.strike({ kind: "silence" }, WATCH);
    await update("object", "1");
    await remove("object");
    cache.observeDeleted({ namespace, name: "object" }, cache.uid(`${namespace}/object`));
    await create("later");
    await until(() => cache.get(`${namespace}/later`) !== undefined, "the events after it");
    await converged(client);
    expect(story("object").slice(1)).toEqual(["deleted"]);
  });

  test("shows again an object that its finalizers keep after an accepted deletion", async () => {
    const { cache, converged } = await follow();
    const object = configMap(namespace, "object");
    await client.create(CONFIG_MAP, { ...object, metadata: { ...object.metadata, finalizers: ["example.com/hold"] } });
    await converged(client);
    await remove("object");
    cache.observeDeleted({ namespace, name: "object" }, undefined);
    await converged(client);
    expect(cache.size).toBe(1);
    await client.patch(
      CONFIG_MAP,
      { namespace, name: "object" },
      { metadata: { finalizers: null } },
      { type: "merge" },
    );
    await until(() => cache.size === 0, "the object to go");
  });

  test("stopped while its watch is connecting leaves no stream and tells of nothing more", async () => {
    const following = await followConfigMaps(cluster, {
      namespace,
      before: (proxy) => proxy.inject({ kind: "delay", ms: 3_000 }, WATCH),
    });
    await following.cache.whenSynced();
    await until(() => following.proxy.count(WATCH) === 1, "the watch to be asked for");
    await following.stop();
    const told = following.changes.length;
    await create("object");
    expect(following.proxy.streams()).toBe(0);
    expect(following.proxy.connections().open).toBe(0);
    expect(following.changes.length).toBe(told);
  });

  test("does not run twice at once", async () => {
    const { cache } = await follow();
    await expect(cache.run(new AbortController().signal)).rejects.toThrow("runs already");
  });
});
