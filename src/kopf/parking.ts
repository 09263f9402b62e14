/**
 * Keys that came for a shard which another replica holds: should it come here, they are worked on as they would have been.
 * After a while they are forgotten, for its holder has seen to them.
 */
import type { Clock } from "./clock.ts";
import type { AddOptions } from "./queue.ts";

/** Longer than caches take to list everything again, so that what is forgotten is told of again. */
const KEPT_MS = 60 * 60_000;

interface Parked {
  readonly priority: number;
  readonly dueMs: number;
  readonly atMs: number;
}

export class Parking {
  readonly #clock: Clock;
  /** The longest parked first. */
  readonly #keys = new Map<string, Parked>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The earliest time and the highest priority win. */
  park(key: string, { priority = 0, afterMs = 0 }: AddOptions): void {
    const atMs = this.#clock.monotonicMs();
    const before = this.#keys.get(key);
    this.#keys.delete(key);
    this.#keys.set(key, {
      priority: Math.max(priority, before?.priority ?? Number.NEGATIVE_INFINITY),
      dueMs: Math.min(atMs + afterMs, before?.dueMs ?? Number.POSITIVE_INFINITY),
      atMs,
    });
    for (const [oldest, parked] of this.#keys) {
      if (atMs - parked.atMs < KEPT_MS) return;
      this.#keys.delete(oldest);
    }
  }

  /** Takes out every key that `belongs`. */
  take(belongs: (key: string) => boolean): readonly (readonly [string, Required<AddOptions>])[] {
    const now = this.#clock.monotonicMs();
    return [...this.#keys].flatMap(([key, { priority, dueMs }]) => {
      if (!belongs(key)) return [];
      this.#keys.delete(key);
      return [[key, { priority, afterMs: Math.max(0, dueMs - now) }] as const];
    });
  }
}
