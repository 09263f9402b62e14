/**
 * Keys of shards that other replicas hold, kept for the case that this replica takes the shard. They are dropped after a
 * while, since the replica that holds the shard has handled them.
 */
import type { Clock } from "./clock.ts";
import type { AddOptions } from "./queue.ts";

/** Longer than the relist interval of a cache, which enqueues dropped keys again. */
const KEPT_MS = 60 * 60_000;

interface Deferred {
  readonly priority: number;
  readonly dueMs: number;
  readonly atMs: number;
}

export class DeferredKeys {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #keys = new Map<string, Deferred>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The earliest time and the highest priority win. */
  defer(key: string, { priority = 0, afterMs = 0 }: AddOptions): void {
    const atMs = this.#clock.monotonicMs();
    const before = this.#keys.get(key);
    this.#keys.delete(key);
    this.#keys.set(key, {
      priority: Math.max(priority, before?.priority ?? Number.NEGATIVE_INFINITY),
      dueMs: Math.min(atMs + afterMs, before?.dueMs ?? Number.POSITIVE_INFINITY),
      atMs,
    });
    for (const [oldest, deferred] of this.#keys) {
      if (atMs - deferred.atMs < KEPT_MS) return;
      this.#keys.delete(oldest);
    }
  }

  /** Removes and returns the keys for which `belongs` is true. */
  take(belongs: (key: string) => boolean): readonly (readonly [string, Required<AddOptions>])[] {
    const now = this.#clock.monotonicMs();
    return [...this.#keys].flatMap(([key, { priority, dueMs }]) => {
      if (!belongs(key)) return [];
      this.#keys.delete(key);
      return [[key, { priority, afterMs: Math.max(0, dueMs - now) }] as const];
    });
  }
}
