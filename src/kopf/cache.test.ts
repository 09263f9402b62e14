import fc from "fast-check";
import { pino } from "pino";
import { Registry } from "prom-client";
import { ReflectedCache } from "./cache.ts";
import type { CacheChange, CacheOptions } from "./cache-types.ts";
import { systemClock } from "./clock.ts";
import { type KubeObject, keyOf } from "./object.ts";
import type { ReplaceSession } from "./reflector.ts";
import type { Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";
import type { Transport, WatchEvent } from "./transport-types.ts";

const THING: Resource = { group: "example.com", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const unused = (): never => {
  throw new Error("nothing here talks to a server");
};
const noTransport: Transport = { request: unused, watch: unused, withAbort: unused, close: unused };

interface Kept {
  readonly uid: string;
  readonly version: string;
  readonly color: string;
}

function thing(
  name: string,
  uid: string,
  version: number,
  fields: { color?: string; deleting?: boolean } = {},
): KubeObject {
  const metadata = { namespace: "ns", name, uid, resourceVersion: String(version) };
  const deletion = fields.deleting === true ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {};
  return {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { ...metadata, ...deletion },
    color: fields.color ?? "red",
  };
}

function keep({ metadata, color }: KubeObject): Kept | undefined {
  if (color === "none") return undefined;
  if (color === "bad") throw new Error("the password is hunter2");
  return { uid: metadata.uid ?? "", version: metadata.resourceVersion ?? "", color: String(color) };
}

interface Watched {
  readonly cache: ReflectedCache<Kept>;
  readonly changes: CacheChange<Kept>[];
  readonly logged: string[];
  readonly registry: Registry;
  list(items: readonly KubeObject[], version: number, restored?: boolean): void;
  told(): readonly string[];
}

function aCache(options: Partial<CacheOptions<Kept>> = {}): Watched {
  const logged: string[] = [];
  const registry = new Registry();
  const logger = pino({ level: "error" }, { write: (line: string) => logged.push(line) });
  const cache = new ReflectedCache<Kept>(
    { resource: THING, shape: keep, indices: { color: ({ color }) => [color] }, ...options },
    { transport: noTransport, clock: systemClock, logger, registry },
  );
  const changes: CacheChange<Kept>[] = [];
  cache.onChange((change) => changes.push(change));
  return {
    cache,
    changes,
    logged,
    registry,
    list: (items, version, restored = false) => {
      const session = cache.replace({ restored });
      for (const item of items) session.add(item);
      session.commit(String(version));
      session.end();
    },
    told: () =>
      changes.map(
        ({ type, key, new: now, initial }) =>
          `${type} ${key}${now === undefined ? "" : ` ${now.version}`}${initial ? " initial" : ""}`,
      ),
  };
}

const event = (type: WatchEvent["type"], object: KubeObject): WatchEvent => ({ type, object });

test("is in sync when the first list is complete, and not before", async () => {
  const { cache, told } = aCache();
  const session = cache.replace();
  session.add(thing("a", "1", 5));
  expect(cache.isSynced()).toBe(false);
  session.commit("7");
  session.end();
  await cache.whenSynced();
  expect(cache.isSynced()).toBe(true);
  expect(told()).toEqual(["added ns/a 5 initial"]);
});

test("tells of what a later list brings as of news, unless it is as it was", () => {
  const { list, told } = aCache();
  list([thing("same", "1", 1), thing("changed", "2", 2), thing("gone", "3", 3), thing("again", "4", 4)], 5);
  list([thing("same", "1", 1), thing("changed", "2", 6), thing("again", "9", 8), thing("new", "5", 7)], 9);
  expect(told().slice(4)).toEqual([
    "updated ns/same 1 initial",
    "updated ns/changed 6",
    "deleted ns/again",
    "added ns/again 8",
    "added ns/new 7",
    "deleted ns/gone",
  ]);
});

test("drops an event that is not newer than what is held", () => {
  const { cache, list, told } = aCache();
  list([thing("a", "1", 10)], 10);
  cache.apply(event("MODIFIED", thing("a", "1", 10)));
  cache.apply(event("MODIFIED", thing("a", "1", 9)));
  expect(told()).toHaveLength(1);
});

test("compares versions as numbers", () => {
  const { cache, list } = aCache();
  list([thing("a", "1", 9)], 9);
  cache.apply(event("MODIFIED", thing("a", "1", 10)));
  expect(cache.version("ns/a")).toBe("10");
});

test("takes the answer to a write at once, and its echo for nothing new", () => {
  const { cache, list, told } = aCache();
  list([thing("a", "1", 5)], 5);
  cache.observe(thing("a", "1", 8));
  cache.apply(event("MODIFIED", thing("a", "1", 7)));
  cache.apply(event("MODIFIED", thing("a", "1", 8)));
  expect(told()).toEqual(["added ns/a 5 initial", "updated ns/a 8"]);
});

test("shapes an answer again at the version that is held", () => {
  let color = "red";
  const { cache, list } = aCache({ shape: (object) => ({ ...(keep(object) as Kept), color }) });
  list([thing("a", "1", 5)], 5);
  color = "blue";
  cache.observe(thing("a", "1", 5));
  expect(cache.byIndex("color", "blue")).toEqual(["ns/a"]);
  expect(cache.byIndex("color", "red")).toEqual([]);
});

test("does not bring back what is deleted for anything that is late", () => {
  const { cache, list, told } = aCache();
  list([thing("a", "1", 5)], 5);
  const late = cache.replace();
  cache.apply(event("DELETED", thing("a", "1", 8)));
  late.add(thing("a", "1", 5));
  late.commit("6");
  late.end();
  cache.observe(thing("a", "1", 7));
  expect(told().slice(1)).toEqual(["deleted ns/a"]);
});

test("keeps a list that is older than our own write from taking it away", () => {
  const { cache, list } = aCache();
  list([], 5);
  const late = cache.replace();
  cache.observe(thing("a", "1", 8));
  late.commit("6");
  late.end();
  expect(cache.get("ns/a")?.version).toBe("8");
});

test("drops a late departure from the selector of an object that our own write brought back", () => {
  const { cache, list, told } = aCache();
  list([thing("a", "1", 5)], 5);
  cache.observe(thing("a", "1", 7));
  cache.apply(event("DELETED", thing("a", "1", 6)));
  cache.apply(event("ADDED", thing("a", "1", 7)));
  expect(told()).toEqual(["added ns/a 5 initial", "updated ns/a 7"]);
});

test("remembers a deletion that it saw when an older one of its own is told of later", () => {
  const { cache, list } = aCache();
  list([thing("a", "1", 2)], 2);
  cache.apply(event("DELETED", thing("a", "1", 3)));
  cache.apply(event("ADDED", thing("a", "2", 4)));
  cache.apply(event("DELETED", thing("a", "2", 5)));
  cache.observeDeleted({ namespace: "ns", name: "a" }, "1");
  cache.observe(thing("a", "2", 4));
  expect(cache.size).toBe(0);
});

test("lets an object that left the selector return", () => {
  const { cache, list, told } = aCache();
  list([thing("a", "1", 5)], 5);
  cache.apply(event("DELETED", thing("a", "1", 6)));
  cache.apply(event("ADDED", thing("a", "1", 7)));
  expect(told().slice(1)).toEqual(["deleted ns/a", "added ns/a 7"]);
});

test("drops a late deletion of an object that is back already", () => {
  const { cache, list } = aCache();
  list([thing("a", "1", 5)], 5);
  cache.observe(thing("a", "2", 9));
  cache.apply(event("DELETED", thing("a", "1", 8)));
  expect(cache.uid("ns/a")).toBe("2");
});

describe("our own deletion", () => {
  test("holds against late events of the same object", () => {
    const { cache, list, told } = aCache();
    list([thing("a", "1", 5)], 5);
    cache.observeDeleted({ namespace: "ns", name: "a" }, "1");
    cache.apply(event("MODIFIED", thing("a", "1", 6)));
    cache.apply(event("DELETED", thing("a", "1", 7)));
    expect(told().slice(1)).toEqual(["deleted ns/a"]);
  });

  test("is taken back by an event that shows the object waiting for its finalizers", () => {
    const { cache, list, told } = aCache();
    list([thing("a", "1", 5)], 5);
    cache.observeDeleted({ namespace: "ns", name: "a" }, "1");
    cache.apply(event("MODIFIED", thing("a", "1", 6, { deleting: true })));
    cache.apply(event("DELETED", thing("a", "1", 7)));
    expect(told().slice(1)).toEqual(["deleted ns/a", "added ns/a 6", "deleted ns/a"]);
  });

  test("does not touch another object of the same name", () => {
    const { cache, list } = aCache();
    list([thing("a", "2", 5)], 5);
    cache.observeDeleted({ namespace: "ns", name: "a" }, "1");
    expect(cache.uid("ns/a")).toBe("2");
  });
});

test("keeps and tells nothing of what shape does not want, and lets go of what it no longer wants", () => {
  const { cache, list, told } = aCache();
  list([thing("a", "1", 5, { color: "none" }), thing("b", "2", 5)], 5);
  cache.apply(event("MODIFIED", thing("b", "2", 6, { color: "none" })));
  cache.apply(event("MODIFIED", thing("a", "1", 7)));
  expect(told()).toEqual(["added ns/b 5 initial", "deleted ns/b", "added ns/a 7"]);
  expect(cache.size).toBe(1);
});

test("does not bring back what shape no longer wants for an earlier state that is late, and judges the same one again", () => {
  const { cache, list } = aCache();
  list([thing("a", "1", 5)], 5);
  cache.apply(event("MODIFIED", thing("a", "1", 7, { color: "none" })));
  cache.observe(thing("a", "1", 6));
  expect(cache.get("ns/a")).toBeUndefined();
  cache.observe(thing("a", "1", 7, { color: "blue" }));
  expect(cache.get("ns/a")).toMatchObject({ version: "7", color: "blue" });
});

test("keeps the old record when shape throws, says so without the message, and goes on", async () => {
  const { cache, list, told, logged, registry } = aCache();
  list([thing("a", "1", 5)], 5);
  cache.apply(event("MODIFIED", thing("a", "1", 6, { color: "bad" })));
  expect(cache.get("ns/a")).toEqual({ uid: "1", version: "5", color: "red" });
  cache.apply(event("MODIFIED", thing("a", "1", 7)));
  expect(told()).toEqual(["added ns/a 5 initial", "updated ns/a 7"]);
  expect(logged).toHaveLength(1);
  expect(logged.join()).not.toContain("hunter2");
  const metrics = await registry.metrics();
  expect(metrics).toContain('kopf_cache_callback_failures_total{resource="things",where="shape"} 1');
  expect(metrics).toContain('kopf_cache_objects{resource="things"} 1');
});

test("a listener that throws hurts no other", () => {
  const { cache, list, changes } = aCache();
  cache.onChange(() => {
    throw new Error("no");
  });
  const seen: string[] = [];
  const stop = cache.onChange(({ key }) => seen.push(key));
  list([thing("a", "1", 5)], 5);
  stop();
  cache.apply(event("DELETED", thing("a", "1", 6)));
  expect(seen).toEqual(["ns/a"]);
  expect(changes).toHaveLength(2);
});

test("follows a server whose data was restored from a backup", () => {
  const { cache, list } = aCache();
  list([thing("a", "1", 50), thing("b", "2", 60)], 70);
  list([thing("a", "1", 20)], 30, true);
  expect(cache.version("ns/a")).toBe("20");
  expect(cache.get("ns/b")).toBeUndefined();
  cache.apply(event("ADDED", thing("b", "2", 31)));
  expect(cache.version("ns/b")).toBe("31");
});

test("names an index that there is not", () => {
  expect(() => aCache().cache.byIndex("size", "1")).toThrow('the cache of things has no index "size"');
});

const COLORS = ["red", "blue", "none"];

/** A server with its history, and a client that hears of it late and in every mixture. */
class Model {
  readonly watched = aCache();
  readonly live = new Map<string, KubeObject>();
  readonly #log: WatchEvent[] = [];
  #revision = 1;
  #uids = 0;
  #delivered = 0;
  #answers: (() => void)[] = [];
  #list: { readonly session: ReplaceSession; readonly items: KubeObject[]; readonly version: number } | undefined;

  constructor() {
    this.watched.list([], 1);
  }

  write(name: string, own: boolean): void {
    this.#revision += 1;
    const before = this.live.get(name);
    const uid = before?.metadata.uid ?? `uid-${this.#uids++}`;
    const object = thing(name, uid, this.#revision, { color: COLORS[this.#revision % 3] ?? "none" });
    this.live.set(name, object);
    this.#log.push(event(before === undefined ? "ADDED" : "MODIFIED", object));
    if (own) this.#answers.push(() => this.watched.cache.observe(object));
  }

  remove(name: string, own: boolean): void {
    const before = this.live.get(name);
    if (before === undefined) return;
    this.#revision += 1;
    this.live.delete(name);
    const { uid = "" } = before.metadata;
    this.#log.push(event("DELETED", thing(name, uid, this.#revision)));
    if (own) this.#answers.push(() => this.watched.cache.observeDeleted({ namespace: "ns", name }, uid));
  }

  hear(count: number): void {
    const until = Math.min(this.#log.length, this.#delivered + count);
    for (const heard of this.#log.slice(this.#delivered, until)) this.watched.cache.apply(heard);
    this.#delivered = until;
  }

  answer(): void {
    this.#answers.shift()?.();
  }

  list(): void {
    this.#list ??= { session: this.watched.cache.replace(), items: [...this.live.values()], version: this.#revision };
    const item = this.#list.items.shift();
    if (item !== undefined) {
      this.#list.session.add(item);
      return;
    }
    this.#list.session.commit(String(this.#list.version));
    this.#list.session.end();
    this.#list = undefined;
  }

  settle(): void {
    while (this.#answers.length > 0) this.answer();
    this.hear(this.#log.length);
    while (this.#list !== undefined) this.list();
  }
}

const NAME = fc.constantFrom("a", "b", "c");
const STEP = fc.oneof(
  fc.record({ do: fc.constant("write" as const), name: NAME, own: fc.boolean() }),
  fc.record({ do: fc.constant("remove" as const), name: NAME, own: fc.boolean() }),
  fc.record({ do: fc.constant("hear" as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("answer" as const) }),
  fc.record({ do: fc.constant("list" as const) }),
);

type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

function take(model: Model, step: Step): void {
  if (step.do === "write") model.write(step.name, step.own);
  else if (step.do === "remove") model.remove(step.name, step.own);
  else if (step.do === "hear") model.hear(step.count);
  else if (step.do === "answer") model.answer();
  else model.list();
}

test("ends equal to the server, telling each state once and in order, however events, answers and lists interleave", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
      const model = new Model();
      for (const step of steps) take(model, step);
      model.settle();
      const { cache, changes } = model.watched;
      const expected = [...model.live.values()]
        .map((object) => [keyOf(object.metadata), keep(object)] as const)
        .filter(([, kept]) => kept !== undefined);
      expect(new Map(cache.entries())).toEqual(new Map(expected));
      for (const color of ["red", "blue"]) {
        const keys = expected.filter(([, kept]) => kept?.color === color).map(([key]) => key);
        expect([...cache.byIndex("color", color)].sort()).toEqual(keys.sort());
      }
      expect(disorderIn(changes)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

function disorderIn(changes: readonly CacheChange<Kept>[]): readonly string[] {
  const state = new Map<string, Kept>();
  return changes.flatMap(({ type, key, old, new: now }) => {
    const before = state.get(key);
    if (now === undefined) state.delete(key);
    else state.set(key, now);
    if (old !== before) return [`${key}: the old record is not the one told last`];
    if ((type === "added") !== (before === undefined)) return [`${key}: ${type} out of turn`];
    if (before === undefined || now === undefined) return [];
    if (before.uid !== now.uid) return [`${key}: another uid without a deletion`];
    return compareVersions(now.version, before.version) < 0 ? [`${key}: went back`] : [];
  });
}
