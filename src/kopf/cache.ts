/**
 * One shared cache per kind: what `shape` keeps of each object, with indices, in step with the API server.
 * It remembers uid and version of each object itself, so that nothing is applied twice and nothing older wins.
 */
import type { Registry } from "prom-client";
import { CacheIndices, type IndexFunction, type IndexValues } from "./cache-index.ts";
import { type CacheMetrics, cacheMetrics } from "./cache-metrics.ts";
import type { Clock } from "./clock.ts";
import { Graveyard } from "./graveyard.ts";
import type { Logger } from "./log-fields.ts";
import { type KubeObject, keyOf, nameOf, type ObjectName } from "./object.ts";
import { Reflector, type ReflectorSink, type ReplaceOptions, type ReplaceSession } from "./reflector.ts";
import type { Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";
import type { Transport, WatchEvent } from "./transport.ts";

export interface CacheChange<R> {
  readonly type: "added" | "updated" | "deleted";
  readonly key: string;
  readonly name: ObjectName;
  readonly old: R | undefined;
  readonly new: R | undefined;
  /** Part of the first list, or of a later one that found the object as it was: nothing says that it changed just now. */
  readonly initial: boolean;
}

export interface CacheOptions<R> {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * Called once for each state of an object that arrives, with its full raw JSON; returns what is kept, or undefined to keep
   * nothing. `previous` is what is kept of the same uid. An object that is not kept is not told of. This is where
   * managedFields, and all that no handler reads, is left behind. A throw keeps `previous`, is logged and counted.
   */
  readonly shape: (object: KubeObject, previous: R | undefined, name: ObjectName) => R | undefined;
  /** Pure functions of the record: what they gave when it came is what its removal is looked up by. */
  readonly indices?: Readonly<Record<string, IndexFunction<R>>>;
  /** Caches that `shape` reads: this one lists only when they are in sync. */
  readonly after?: readonly Cache<unknown>[];
  /** The kind may not be installed: then the cache is empty and in sync; see the reflector. */
  readonly optional?: boolean;
  /** How often everything is listed, and shaped, again; see the reflector. */
  readonly relistMs?: number;
  readonly idleMs?: number;
  readonly pageSize?: number;
}

export interface Cache<R> {
  readonly resource: Resource;
  /** The number of objects kept. */
  readonly size: number;
  isSynced(): boolean;
  whenSynced(): Promise<void>;
  /** Whether the API server serves the kind. */
  isServed(): boolean;
  /** Told when an optional kind has come, at the first list too, or gone. Returns how to stop listening. */
  onServed(listener: (served: boolean) => void): () => void;
  /** Looks at once whether an optional kind has come or gone. */
  refresh(): void;
  get(key: string): R | undefined;
  entries(): Iterable<readonly [string, R]>;
  /** The keys whose records give `value` for `index`. Throws when there is no such index. */
  byIndex(index: string, value: string): readonly string[];
  /**
   * Takes the answer to a write, or to a read, ahead of the watch. Shaped again even at the version that is held, since what
   * `shape` reads may have moved; later events of this version or an older one are dropped. Never give it a dry run's answer.
   */
  observe(object: KubeObject): void;
  /** Takes an accepted deletion ahead of the watch. An object that waits for its finalizers comes back with its next event. */
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
  /** True while the watch is open and alive. */
  isHealthy(): boolean;
}

export function createCache<R>(options: CacheOptions<R>, deps: CacheDeps): RunnableCache<R> {
  return new ReflectedCache(options, deps);
}

interface Entry<R> {
  readonly uid: string;
  readonly version: string;
  readonly record: R;
  readonly values: IndexValues;
  /** The server has accepted its deletion, and it waits for its finalizers. */
  readonly deleting: boolean;
}

/** Where a state of an object came from; a list or an answer may repeat the version that is held, an event may not. */
type Origin = "event" | "answer" | "list" | "restore";

const NO_VALUES: IndexValues = [];

/** Made by {@link createCache}; its two faces, cache and sink, are told apart by type. */
export class ReflectedCache<R> implements RunnableCache<R>, ReflectorSink {
  readonly resource: Resource;
  readonly #options: CacheOptions<R>;
  readonly #deps: CacheDeps;
  readonly #reflector: Reflector;
  readonly #held = new Map<string, Entry<R>>();
  readonly #graves: Graveyard;
  readonly #indices: CacheIndices<R> | undefined;
  readonly #listeners = new Set<(change: CacheChange<R>) => void>();
  readonly #servedListeners = new Set<(served: boolean) => void>();
  readonly #metrics: CacheMetrics | undefined;
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;

  constructor(options: CacheOptions<R>, deps: CacheDeps) {
    this.resource = options.resource;
    this.#options = options;
    this.#deps = deps;
    this.#graves = new Graveyard(deps.clock);
    this.#indices = options.indices === undefined ? undefined : new CacheIndices(options.indices);
    this.#metrics = deps.registry === undefined ? undefined : cacheMetrics(deps.registry);
    const { plural } = options.resource;
    this.#metrics?.sizes.push({ resource: plural, size: () => this.size });
    const { resource, namespace, labelSelector, fieldSelector, optional, relistMs, idleMs, pageSize } = options;
    const { transport, clock, logger, random } = deps;
    const selection = { resource, namespace, labelSelector, fieldSelector };
    const settings = { optional, relistMs, idleMs, pageSize, random };
    const onServed = (served: boolean): void => {
      for (const listener of this.#servedListeners) listener(served);
    };
    const onFailure = (): void => this.#metrics?.watchFailures.inc({ resource: plural });
    const told = { onServed, onFailure };
    this.#reflector = new Reflector({ ...selection, ...settings, ...told, transport, clock, logger, sink: this });
  }

  get size(): number {
    return this.#held.size;
  }

  isSynced(): boolean {
    return this.#isSynced;
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  isServed(): boolean {
    return this.#reflector.served();
  }

  onServed(listener: (served: boolean) => void): () => void {
    this.#servedListeners.add(listener);
    return () => this.#servedListeners.delete(listener);
  }

  refresh(): void {
    this.#reflector.refresh();
  }

  isHealthy(): boolean {
    return this.#reflector.healthy();
  }

  get(key: string): R | undefined {
    return this.#held.get(key)?.record;
  }

  *entries(): Iterable<readonly [string, R]> {
    for (const [key, { record }] of this.#held) yield [key, record];
  }

  byIndex(index: string, value: string): readonly string[] {
    const keys = this.#indices?.keys(index, value);
    if (keys === undefined) throw new Error(`the cache of ${this.resource.plural} has no index "${index}"`);
    return [...keys];
  }

  uid(key: string): string | undefined {
    return this.#held.get(key)?.uid;
  }

  version(key: string): string | undefined {
    return this.#held.get(key)?.version;
  }

  onChange(listener: (change: CacheChange<R>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  observe(object: KubeObject): void {
    this.#ingest(object, "answer");
  }

  observeDeleted(name: ObjectName, uid: string | undefined): void {
    const key = keyOf(name);
    const held = this.#held.get(key);
    if (held !== undefined && uid !== undefined && uid !== held.uid) return;
    // Its event was quicker than the answer: what is held says more than the answer does.
    if (held?.deleting === true) return;
    const deleted = uid ?? held?.uid;
    if (deleted === undefined) return;
    this.#graves.buryDeleted(key, deleted);
    this.#remove(key, name, held, false);
  }

  async run(signal: AbortSignal): Promise<void> {
    const before = (this.#options.after ?? []).map((cache) => cache.whenSynced());
    await Promise.race([Promise.all(before), aborted(signal)]);
    if (!signal.aborted) await this.#reflector.run(signal);
  }

  /** Objects are taken as they come, page by page, so that a list never stands in memory twice; deletions wait for the end. */
  replace({ restored = false }: ReplaceOptions = {}): ReplaceSession {
    const seen = new Set<string>();
    this.#graves.listBegins();
    if (restored) this.#graves.clear();
    return {
      add: (object) => {
        seen.add(keyOf(object.metadata));
        this.#ingest(object, restored ? "restore" : "list");
      },
      commit: (listed) => {
        for (const [key, held] of this.#held) {
          // What came after the list was taken is not in it, and newer than it.
          if (seen.has(key) || (!restored && compareVersions(held.version, listed) > 0)) continue;
          this.#graves.bury(key, listed);
          this.#remove(key, nameOf(key), held, false);
        }
        this.#isSynced = true;
        this.#synced.resolve();
      },
      end: () => this.#graves.listEnds(),
    };
  }

  apply({ type, object }: WatchEvent): void {
    if (type === "DELETED") this.#takeDeleted(object);
    else this.#ingest(object, "event");
  }

  #takeDeleted({ metadata }: KubeObject): void {
    const { uid, resourceVersion = "" } = metadata;
    const name = nameFrom(metadata);
    const key = keyOf(name);
    const held = this.#held.get(key);
    // Another uid, or a later version: the object came back, and our own answer told of it before the watch did.
    if (held !== undefined && (held.uid !== uid || compareVersions(resourceVersion, held.version) < 0)) return;
    this.#graves.bury(key, resourceVersion);
    this.#remove(key, name, held, false);
  }

  #ingest(object: KubeObject, origin: Origin): void {
    const { uid = "", resourceVersion: version = "" } = object.metadata;
    const name = nameFrom(object.metadata);
    const key = keyOf(name);
    if (this.#graves.isBuried(key, object.metadata)) return;
    let held = this.#held.get(key);
    const order = held === undefined ? 1 : compareVersions(version, held.version);
    if (origin !== "restore" && (order < 0 || (order === 0 && origin === "event"))) return;
    const initial =
      (origin === "list" || origin === "restore") && (!this.#isSynced || (held !== undefined && order === 0));
    if (held !== undefined && held.uid !== uid) {
      this.#remove(key, name, held, initial);
      held = undefined;
    }
    this.#keep({ key, name, initial, held }, object, { uid, version });
  }

  #keep(
    target: {
      readonly key: string;
      readonly name: ObjectName;
      readonly initial: boolean;
      readonly held: Entry<R> | undefined;
    },
    object: KubeObject,
    { uid, version }: { readonly uid: string; readonly version: string },
  ): void {
    const { key, name, initial, held } = target;
    let record: R | undefined;
    let values: IndexValues = NO_VALUES;
    try {
      record = this.#options.shape(object, held?.record, name);
      if (record !== undefined && this.#indices !== undefined) values = this.#indices.valuesOf(record, name);
    } catch (error) {
      this.#onFailure("shape", key, error);
      if (held !== undefined) this.#held.set(key, { ...held, version });
      return;
    }
    if (record === undefined) {
      if (held !== undefined) this.#graves.dismiss(key, version);
      this.#remove(key, name, held, initial);
      return;
    }
    if (held !== undefined) this.#indices?.remove(key, held.values);
    const deleting = object.metadata.deletionTimestamp !== undefined;
    this.#held.set(key, { uid, version, record, values, deleting });
    this.#indices?.add(key, values);
    this.#graves.forget(key);
    this.#emit({ type: held === undefined ? "added" : "updated", key, name, old: held?.record, new: record, initial });
  }

  #remove(key: string, name: ObjectName, held: Entry<R> | undefined, initial: boolean): void {
    if (held === undefined) return;
    this.#indices?.remove(key, held.values);
    this.#held.delete(key);
    this.#emit({ type: "deleted", key, name, old: held.record, new: undefined, initial });
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
    const { plural } = this.resource;
    this.#metrics?.callbackFailures.inc({ resource: plural, where });
    // The stack shows where; a message may quote the object, a Secret for example, and is left out.
    const stack = error instanceof Error ? framesOf(error) : undefined;
    this.#deps.logger.error({ resource: plural, object: key, where, stack }, "cache callback failed");
  }
}

function nameFrom({ namespace, name }: KubeObject["metadata"]): ObjectName {
  return namespace === undefined ? { name } : { namespace, name };
}

function framesOf(error: Error): string {
  const stack = error.stack ?? "";
  return `${error.name}\n${stack.slice(stack.indexOf("\n    at ") + 1)}`;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
