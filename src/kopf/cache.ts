/** One shared cache per kind: what `shape` keeps of each object, with indices, in step with the API server. */
import type { Logger } from "pino";
import { Counter, type Registry } from "prom-client";
import type { Clock } from "./clock.ts";
import { type KubeObject, keyOf, nameOf, type ObjectName } from "./object.ts";
import { Reflector, type ReflectorSink, type ReplaceSession } from "./reflector.ts";
import { compareVersions } from "./resource-version.ts";
import type { Resource } from "./resource.ts";
import type { Transport, WatchEvent } from "./transport.ts";

export interface CacheChange<R> {
  readonly type: "added" | "updated" | "deleted";
  readonly key: string;
  readonly name: ObjectName;
  readonly old: R | undefined;
  readonly new: R | undefined;
  /** Learned from a list, not from an event: nothing says that it changed just now. */
  readonly initial: boolean;
}

export interface CacheOptions<R> {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * Called once per object that arrives, with its full raw JSON; returns what is kept, or undefined to keep nothing. An object
   * that is not kept is not told of. This is where managedFields, and all that no handler reads, is left behind.
   */
  readonly shape: (object: KubeObject, previous: R | undefined) => R | undefined;
  readonly indices?: Readonly<Record<string, (record: R, name: ObjectName) => readonly string[]>>;
  /** Caches that `shape` reads: this one lists only when they are in sync. */
  readonly after?: readonly Cache<unknown>[];
  readonly relistMs?: number;
  readonly idleMs?: number;
}

export interface Cache<R> {
  readonly resource: Resource;
  readonly size: number;
  isSynced(): boolean;
  whenSynced(): Promise<void>;
  get(key: string): R | undefined;
  entries(): Iterable<readonly [string, R]>;
  /** The keys whose records give `value` for `index`. */
  byIndex(index: string, value: string): readonly string[];
  /**
   * Takes the answer to a write, or to a read, ahead of the watch. Shaped again even at the version that is held, since what
   * `shape` reads may have moved; later events of this or an older version are dropped.
   */
  observe(object: KubeObject): void;
  observeDeleted(name: ObjectName, uid: string | undefined): void;
  /** A listener that throws is logged and counted, and hurts nobody else. Returns how to stop listening. */
  onChange(listener: (change: CacheChange<R>) => void): () => void;
  uid(key: string): string | undefined;
  version(key: string): string | undefined;
}

export interface CacheDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
  readonly random?: () => number;
}

export interface RunnableCache<R> extends Cache<R> {
  /** Keeps the cache in step until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createCache<R>(options: CacheOptions<R>, deps: CacheDeps): RunnableCache<R> {
  return new ReflectedCache(options, deps);
}

interface Entry<R> {
  readonly uid: string;
  readonly version: string;
  /** Undefined for an object that is known and not kept: its version still orders events. */
  readonly record: R | undefined;
}

/** Deleted objects whose late events must not bring them back are remembered so long. */
const TOMBSTONE_MS = 60_000;

class ReflectedCache<R> implements RunnableCache<R>, ReflectorSink {
  readonly resource: Resource;
  readonly #options: CacheOptions<R>;
  readonly #deps: CacheDeps;
  readonly #records = new Map<string, Entry<R>>();
  readonly #tombstones = new Map<string, { readonly uid: string; readonly untilMs: number }>();
  readonly #indices: ReadonlyMap<string, Map<string, Set<string>>>;
  readonly #listeners = new Set<(change: CacheChange<R>) => void>();
  readonly #failures: Counter<"resource" | "where"> | undefined;
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;

  constructor(options: CacheOptions<R>, deps: CacheDeps) {
    this.resource = options.resource;
    this.#options = options;
    this.#deps = deps;
    this.#indices = new Map(Object.keys(options.indices ?? {}).map((name) => [name, new Map()]));
    this.#failures = failureCounter(deps.registry);
  }

  get size(): number {
    return this.#records.size;
  }

  isSynced(): boolean {
    return this.#isSynced;
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  get(key: string): R | undefined {
    return this.#records.get(key)?.record;
  }

  *entries(): Iterable<readonly [string, R]> {
    for (const [key, { record }] of this.#records) {
      if (record !== undefined) yield [key, record];
    }
  }

  byIndex(index: string, value: string): readonly string[] {
    const values = this.#indices.get(index);
    if (values === undefined) throw new Error(`the cache of ${this.resource.plural} has no index "${index}"`);
    return [...(values.get(value) ?? [])];
  }

  uid(key: string): string | undefined {
    return this.#records.get(key)?.uid;
  }

  version(key: string): string | undefined {
    return this.#records.get(key)?.version;
  }

  onChange(listener: (change: CacheChange<R>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  observe(object: KubeObject): void {
    this.#ingest(object, false, (held, version) => compareVersions(version, held) >= 0);
  }

  observeDeleted(name: ObjectName, uid: string | undefined): void {
    const key = keyOf(name);
    const held = this.#records.get(key);
    if (held !== undefined && (uid === undefined || uid === held.uid)) this.#remove(key, false);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.race([Promise.all((this.#options.after ?? []).map((cache) => cache.whenSynced())), aborted(signal)]);
    if (signal.aborted) return;
    const { transport, clock, logger, random } = this.#deps;
    const { resource, namespace, labelSelector, fieldSelector, relistMs, idleMs } = this.#options;
    const reflector = new Reflector({
      transport,
      clock,
      logger,
      resource,
      namespace,
      labelSelector,
      fieldSelector,
      sink: this,
      ...(random === undefined ? {} : { random }),
      ...(relistMs === undefined ? {} : { relistMs }),
      ...(idleMs === undefined ? {} : { idleMs }),
    });
    await reflector.run(signal);
  }

  replace(): ReplaceSession {
    const seen = new Set<string>();
    return {
      add: (object) => {
        seen.add(keyOf(object.metadata));
        this.#ingest(object, true, (held, version) => compareVersions(version, held) >= 0);
      },
      commit: (resourceVersion) => {
        for (const [key, { version }] of this.#records) {
          // What a write of ours made after the list was taken is newer than the list.
          if (!seen.has(key) && compareVersions(version, resourceVersion) <= 0) this.#remove(key, false);
        }
        this.#isSynced = true;
        this.#synced.resolve();
      },
    };
  }

  apply({ type, object }: WatchEvent): void {
    if (type !== "DELETED") return this.#ingest(object, false, (held, version) => compareVersions(version, held) > 0);
    const key = keyOf(object.metadata);
    const held = this.#records.get(key);
    if (held === undefined || held.uid !== object.metadata.uid) return;
    this.#remove(key, false);
  }

  #ingest(object: KubeObject, initial: boolean, isNews: (held: string, version: string) => boolean): void {
    const { namespace, name, uid = "", resourceVersion: version = "" } = object.metadata;
    const key = keyOf(namespace === undefined ? { name } : { namespace, name });
    if (this.#isBuried(key, uid)) return;
    let held = this.#records.get(key);
    if (held !== undefined && held.uid !== uid) {
      if (compareVersions(version, held.version) < 0) return;
      this.#remove(key, initial);
      held = undefined;
    }
    if (held !== undefined && !isNews(held.version, version)) return;
    let record: R | undefined;
    try {
      record = this.#options.shape(object, held?.record);
    } catch (error) {
      this.#onFailure("shape", key, error);
      record = held?.record;
    }
    this.#store(key, { uid, version, record }, held, initial);
  }

  #store(key: string, entry: Entry<R>, held: Entry<R> | undefined, initial: boolean): void {
    this.#unindex(key, held?.record);
    this.#records.set(key, entry);
    this.#index(key, entry.record);
    if (entry.record === undefined && held?.record === undefined) return;
    const type = held?.record === undefined ? "added" : entry.record === undefined ? "deleted" : "updated";
    this.#emit({ type, key, name: nameOf(key), old: held?.record, new: entry.record, initial });
  }

  #remove(key: string, initial: boolean): void {
    const held = this.#records.get(key);
    if (held === undefined) return;
    this.#unindex(key, held.record);
    this.#records.delete(key);
    this.#bury(key, held.uid);
    if (held.record !== undefined) this.#emit({ type: "deleted", key, name: nameOf(key), old: held.record, new: undefined, initial });
  }

  #bury(key: string, uid: string): void {
    const now = this.#deps.clock.monotonicMs();
    for (const [buried, { untilMs }] of this.#tombstones) {
      if (untilMs > now) break;
      this.#tombstones.delete(buried);
    }
    this.#tombstones.delete(key);
    this.#tombstones.set(key, { uid, untilMs: now + TOMBSTONE_MS });
  }

  #isBuried(key: string, uid: string): boolean {
    return this.#tombstones.get(key)?.uid === uid && uid !== "";
  }

  #index(key: string, record: R | undefined): void {
    if (record === undefined) return;
    this.#eachValue(key, record, (values, value) => {
      const keys = values.get(value);
      if (keys === undefined) values.set(value, new Set([key]));
      else keys.add(key);
    });
  }

  #unindex(key: string, record: R | undefined): void {
    if (record === undefined) return;
    this.#eachValue(key, record, (values, value) => {
      const keys = values.get(value);
      keys?.delete(key);
      if (keys?.size === 0) values.delete(value);
    });
  }

  #eachValue(key: string, record: R, use: (values: Map<string, Set<string>>, value: string) => void): void {
    for (const [index, valuesOf] of Object.entries(this.#options.indices ?? {})) {
      const values = this.#indices.get(index);
      if (values !== undefined) for (const value of valuesOf(record, nameOf(key))) use(values, value);
    }
  }

  #emit(change: CacheChange<R>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#onFailure("listener", change.key, error);
      }
    }
  }

  #onFailure(where: "shape" | "listener", key: string, error: unknown): void {
    this.#failures?.inc({ resource: this.resource.plural, where });
    this.#deps.logger.error({ resource: this.resource.plural, object: key, where, error: error instanceof Error ? error.stack : String(error) }, "cache callback failed");
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

function failureCounter(registry: Registry | undefined): Counter<"resource" | "where"> | undefined {
  if (registry === undefined) return undefined;
  const name = "kopf_cache_callback_failures_total";
  const known = registry.getSingleMetric(name);
  if (known !== undefined) return known as Counter<"resource" | "where">;
  return new Counter({ name, help: "Shape functions and listeners that threw, by resource.", labelNames: ["resource", "where"], registers: [registry] });
}
