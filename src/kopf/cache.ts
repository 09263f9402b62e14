/**
 * One shared cache per kind: what `shape` keeps of each object, with indices, in sync with the API server.
 * It keeps the uid and version of each object, so that nothing is applied twice and nothing older wins.
 */
import type { Registry } from "prom-client";
import { CacheIndices, type IndexValues } from "./cache-index.ts";
import { type CacheMetrics, cacheMetrics } from "./cache-metrics.ts";
import type { AnswerTo, CacheChange, CacheOptions, RunnableCache } from "./cache-types.ts";
import type { Clock } from "./clock.ts";
import { defined } from "./defined.ts";
import { FullReads, type Heard, isMetadataOnly } from "./full-reads.ts";
import type { Logger } from "./log-fields.ts";
import { type KubeObject, keyOf, nameFrom, nameOf, type ObjectName } from "./object.ts";
import { Reflector, type ReflectorSink, type ReplaceOptions, type ReplaceSession } from "./reflector.ts";
import type { Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";
import { aborted } from "./signals.ts";
import { Tombstones } from "./tombstones.ts";
import type { Transport, WatchEvent } from "./transport-types.ts";

export interface CacheDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
  readonly random?: () => number;
}

export function createCache<R>(options: CacheOptions<R>, deps: CacheDeps): RunnableCache<R> {
  return new ReflectedCache(options, deps);
}

interface Entry<R> {
  readonly uid: string;
  readonly version: string;
  readonly record: R;
  readonly values: IndexValues;
  /** Deletion is accepted and waits for finalizers. */
  readonly deleting: boolean;
}

/** Where a state came from. A list or an answer may repeat the version that is held, an event may not. */
type Origin = Heard | "answer";

const NO_VALUES: IndexValues = [];

/** Where a state is to be kept, and what is kept there now. */
interface Target<R> {
  readonly key: string;
  readonly name: ObjectName;
  readonly initial: boolean;
  readonly answerTo?: AnswerTo | undefined;
  readonly held: Entry<R> | undefined;
}

const isLate = (order: number, origin: Origin): boolean =>
  origin !== "restore" && (order < 0 || (order === 0 && origin === "event"));

/** Both the cache for its readers and the sink of its reflector. */
export class ReflectedCache<R> implements RunnableCache<R>, ReflectorSink {
  readonly resource: Resource;
  readonly #options: CacheOptions<R>;
  readonly #deps: CacheDeps;
  readonly #reflector: Reflector;
  readonly #held = new Map<string, Entry<R>>();
  readonly #tombstones: Tombstones;
  readonly #reads: FullReads | undefined;
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
    this.#tombstones = new Tombstones(deps.clock);
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
    const listeners = { onServed, onFailure };
    const isHeld = (key: string, version: string): boolean => this.#isHeld(key, version);
    const take = (object: KubeObject, origin: Origin): void => this.#ingest(object, origin);
    const metadataOnly = options.readsInFull !== undefined;
    if (metadataOnly)
      this.#reads = new FullReads({ transport, resource, clock, logger, random, isHeld, take, onFailure });
    this.#reflector = new Reflector({
      ...selection,
      ...settings,
      ...listeners,
      metadataOnly,
      transport,
      clock,
      logger,
      sink: this,
    });
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

  observe(object: KubeObject, answerTo?: AnswerTo): void {
    this.#ingest(object, "answer", answerTo);
  }

  observeDeleted(name: ObjectName, uid: string | undefined): void {
    const key = keyOf(name);
    const held = this.#held.get(key);
    if (held !== undefined && uid !== undefined && uid !== held.uid) return;
    // The event overtook the answer, and says more than the answer does.
    if (held?.deleting === true) return;
    const deleted = uid ?? held?.uid;
    if (deleted === undefined) return;
    this.#tombstones.addDeleted(key, deleted);
    this.#remove(key, name, held, false);
  }

  async run(signal: AbortSignal): Promise<void> {
    const before = (this.#options.after ?? []).map((cache) => cache.whenSynced());
    await Promise.race([Promise.all(before), aborted(signal)]);
    if (signal.aborted) return;
    this.#reads?.run(signal);
    await this.#reflector.run(signal);
  }

  /** Takes objects page by page, so that a list is never in memory twice; deletions wait for the commit. */
  replace({ restored = false }: ReplaceOptions = {}): ReplaceSession {
    const seen = new Set<string>();
    this.#tombstones.listBegins();
    if (restored) this.#tombstones.clear();
    return {
      add: (object) => {
        seen.add(keyOf(object.metadata));
        this.#hear(object, restored ? "restore" : "list");
      },
      commit: (listed) => {
        for (const [key, held] of this.#held) {
          // Created after the list was taken.
          if (seen.has(key) || (!restored && compareVersions(held.version, listed) > 0)) continue;
          this.#tombstones.add(key, listed);
          this.#remove(key, nameOf(key), held, false);
        }
        if (this.#reads === undefined) this.#sync();
        else void this.#reads.answered().then(() => this.#sync());
      },
      end: () => this.#tombstones.listEnds(),
    };
  }

  apply({ type, object }: WatchEvent): void {
    if (type === "DELETED") this.#takeDeleted(object);
    else this.#hear(object, "event");
  }

  #sync(): void {
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #isHeld(key: string, version: string): boolean {
    const held = this.#held.get(key);
    return held !== undefined && compareVersions(held.version, version) >= 0;
  }

  #hear(object: KubeObject, origin: Heard): void {
    if (this.#reads === undefined || !isMetadataOnly(object)) this.#ingest(object, origin);
    else this.#hearOf(object, origin, this.#reads);
  }

  /** Metadata arrived. What is held stands until the rest is read, as if the news came later. */
  #hearOf(object: KubeObject, origin: Heard, reads: FullReads): void {
    const { metadata } = object;
    const name = nameFrom(metadata);
    const key = keyOf(name);
    const version = metadata.resourceVersion ?? "";
    const held = this.#held.get(key);
    const order = held === undefined ? 1 : compareVersions(version, held.version);
    if (this.#tombstones.covers(key, metadata) || isLate(order, origin)) return;
    if (this.#options.readsInFull?.(object, name) !== true)
      this.#removeUnwanted({ key, name, held, initial: false }, version);
    else if (order === 0 && origin === "list") this.#ingest(object, origin);
    else reads.ask(name, version, origin);
  }

  #takeDeleted({ metadata }: KubeObject): void {
    const { uid, resourceVersion = "" } = metadata;
    const name = nameFrom(metadata);
    const key = keyOf(name);
    const held = this.#held.get(key);
    // Another uid, or a later version: the object was created again, and our own write's answer arrived first.
    if (held !== undefined && (held.uid !== uid || compareVersions(resourceVersion, held.version) < 0)) return;
    this.#tombstones.add(key, resourceVersion);
    this.#remove(key, name, held, false);
  }

  #ingest(object: KubeObject, origin: Origin, answerTo?: AnswerTo): void {
    const { uid = "", resourceVersion: version = "" } = object.metadata;
    const name = nameFrom(object.metadata);
    const key = keyOf(name);
    if (this.#tombstones.covers(key, object.metadata)) return;
    const before = this.#held.get(key);
    const order = before === undefined ? 1 : compareVersions(version, before.version);
    if (isLate(order, origin)) return;
    const isListed = origin === "list" || origin === "restore";
    const initial = isListed && (!this.#isSynced || (before !== undefined && order === 0));
    const isRecreated = before !== undefined && before.uid !== uid;
    if (isRecreated) this.#remove(key, name, before, initial);
    this.#keep({ key, name, initial, answerTo, held: isRecreated ? undefined : before }, object);
  }

  #keep(target: Target<R>, object: KubeObject): void {
    const { key, name, initial, held } = target;
    const { uid = "", resourceVersion: version = "", deletionTimestamp } = object.metadata;
    let record: R | undefined;
    let values: IndexValues = NO_VALUES;
    try {
      record = this.#options.shape(object, held?.record, name);
      if (record !== undefined && this.#indices !== undefined) values = this.#indices.valuesOf(record, name);
    } catch (error) {
      this.#onFailure("shape", key, error);
      // Of metadata alone the next list must ask for it again.
      if (held !== undefined && this.#reads === undefined) this.#held.set(key, { ...held, version });
      return;
    }
    if (record === undefined) {
      this.#removeUnwanted(target, version);
      return;
    }
    if (held !== undefined) this.#indices?.remove(key, held.values);
    this.#held.set(key, { uid, version, record, values, deleting: deletionTimestamp !== undefined });
    this.#indices?.add(key, values);
    this.#tombstones.forget(key);
    const change = { key, name, old: held?.record, new: record, initial };
    const answer = defined({ answerTo: target.answerTo });
    this.#emit({ type: held === undefined ? "added" : "updated", ...change, ...answer });
  }

  #removeUnwanted({ key, name, initial, held }: Target<R>, version: string): void {
    if (held !== undefined) this.#tombstones.addUnwanted(key, version);
    this.#remove(key, name, held, initial);
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
    // Without the message: it may quote the object, a Secret for example.
    const stack = error instanceof Error ? framesOf(error) : undefined;
    this.#deps.logger.error({ resource: plural, object: key, where, stack }, "cache callback failed");
  }
}

function framesOf(error: Error): string {
  const stack = error.stack ?? "";
  return `${error.name}\n${stack.slice(stack.indexOf("\n    at ") + 1)}`;
}
