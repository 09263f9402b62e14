/** Sources tell a controller which keys to reconcile. */
import type { Cache, CacheChange } from "./cache-types.ts";
import { RESYNC_PRIORITY } from "./controller.ts";
import { nameOf } from "./object.ts";
import type { AddOptions } from "./queue.ts";

/** A key to reconcile, with its priority and delay where they differ from the default. */
export type Mapped = string | ({ readonly key: string } & AddOptions);

/** `initial` keys wait behind live changes. */
type Enqueue = (mapped: Mapped, initial: boolean) => void;

export interface Source {
  readonly subscribe: (enqueue: Enqueue) => void;
  /** Enqueues again what a restart would enqueue now. Called when this replica takes a shard. */
  readonly replay?: (enqueue: Enqueue) => void;
}

/** A source that maps each change of a cache to the keys it affects. */
export function mapChanges<R>(cache: Cache<R>, map: (change: CacheChange<R>) => readonly Mapped[]): Source {
  return {
    replay: (enqueue) => {
      for (const [key, record] of cache.entries()) {
        const change = { type: "added", key, name: nameOf(key), old: undefined, new: record, initial: true } as const;
        for (const mapped of map(change)) enqueue(mapped, true);
      }
    },
    subscribe: (enqueue) => {
      cache.onChange((change) => {
        for (const mapped of map(change)) enqueue(mapped, change.initial);
      });
    },
  };
}

export function queueEntry(mapped: Mapped, initial: boolean): readonly [string, AddOptions] {
  const { key, ...options } = typeof mapped === "string" ? { key: mapped } : mapped;
  return [key, { priority: initial ? RESYNC_PRIORITY : 0, ...options }];
}
