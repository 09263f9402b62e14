/** What a cache keeps, and what it promises. */
import type { IndexFunction } from "./cache-index.ts";
import type { KubeObject, ObjectName } from "./object.ts";
import type { Resource } from "./resource.ts";

export type AnswerTo = "read" | "write";

export interface CacheChange<R> {
  readonly type: "added" | "updated" | "deleted";
  readonly key: string;
  readonly name: ObjectName;
  readonly old: R | undefined;
  readonly new: R | undefined;
  /** From the first list, or from a later list that found the object unchanged: it did not change just now. */
  readonly initial: boolean;
  /** By which request of this process it came, where none of the watch brought it: whoever asked knows of it. */
  readonly answerTo?: AnswerTo;
}

export interface CacheOptions<R> {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * Returns what to keep of an object, or undefined to keep nothing; objects that are not kept emit no changes. Called once
   * for each state that arrives, with the full raw JSON and with what is kept of the same uid. Leave out managedFields and
   * all that no handler reads. If it throws, the cache keeps `previous`, logs and counts the failure.
   */
  readonly shape: (object: KubeObject, previous: R | undefined, name: ObjectName) => R | undefined;
  /**
   * With it, the cache watches metadata alone, and reads an object in full when it appears and when it changes, if this says so of
   * its metadata; nothing is kept of any other. A list that finds an object unchanged calls `shape` with its metadata
   * (`isMetadataOnly`) and with what is kept. The cache is in sync when all that its first list asked for is read.
   */
  readonly readsInFull?: (metadata: KubeObject, name: ObjectName) => boolean;
  /** Pure functions of the record. A record is removed from an index under the values it was added with. */
  readonly indices?: Readonly<Record<string, IndexFunction<R>>>;
  /** Caches that `shape` reads: this one lists only when they are in sync. */
  readonly after?: readonly Cache<unknown>[];
  /** The kind may not be installed; the cache is then empty and in sync. */
  readonly optional?: boolean;
  /** How often everything is listed, and shaped, again. 10 min unless set; 0 is never. */
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
  /** Calls `listener` when an optional kind appears, the first list included, or disappears. Returns how to unsubscribe. */
  onServed(listener: (served: boolean) => void): () => void;
  /** Checks at once whether an optional kind is served. */
  refresh(): void;
  get(key: string): R | undefined;
  entries(): Iterable<readonly [string, R]>;
  /** The keys whose records give `value` for `index`. Throws when there is no such index. */
  byIndex(index: string, value: string): readonly string[];
  /**
   * Takes the answer to a write or a read before the watch delivers it, and shapes it even at the version that is held, since
   * what `shape` reads may have changed. Later events of this version or an older one are dropped. Not for dry runs. Listeners are told
   * which it answers, if it is said.
   */
  observe(object: KubeObject, answerTo?: AnswerTo): void;
  /** Takes an accepted deletion before the watch delivers it. An object with finalizers returns with its next event. */
  observeDeleted(name: ObjectName, uid: string | undefined): void;
  /** A listener that throws is logged and counted; the others still run. Returns how to unsubscribe. */
  onChange(listener: (change: CacheChange<R>) => void): () => void;
  uid(key: string): string | undefined;
  version(key: string): string | undefined;
}

export interface RunnableCache<R> extends Cache<R> {
  /** Follows the collection until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}
