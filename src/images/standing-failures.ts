/** Failures that stand for a while, longer each time: what failed is not asked again before. */
import { exponentialMs } from "../kopf/backoff.ts";
import type { Clock } from "../kopf/clock.ts";

export interface FailureOptions {
  readonly clock: Clock;
  readonly baseMs: number;
  readonly maxMs: number;
}

/** More are not remembered; the oldest is forgotten first, and asked again sooner than it should be. */
const MAX_REMEMBERED = 4_096;

interface Standing<T> {
  readonly failure: T;
  readonly times: number;
  readonly untilMs: number;
}

export class StandingFailures<T> {
  readonly #options: FailureOptions;
  readonly #standing = new Map<string, Standing<T>>();

  constructor(options: FailureOptions) {
    this.#options = options;
  }

  /** The failure that still stands, and for how long. */
  of(key: string): { readonly failure: T; readonly retryAfterMs: number } | undefined {
    const standing = this.#standing.get(key);
    if (standing === undefined) return undefined;
    const retryAfterMs = standing.untilMs - this.#options.clock.monotonicMs();
    return retryAfterMs > 0 ? { failure: standing.failure, retryAfterMs } : undefined;
  }

  /** Whether it failed the last time, however long ago. */
  has(key: string): boolean {
    return this.#standing.has(key);
  }

  /** Takes a failure down and returns how long it stands: at least `atLeastMs`, at most the bound. */
  add(key: string, failure: T, atLeastMs = 0): number {
    const { clock, baseMs, maxMs } = this.#options;
    const times = (this.#standing.get(key)?.times ?? 0) + 1;
    const forMs = Math.min(maxMs, Math.max(atLeastMs, exponentialMs(times, baseMs, maxMs)));
    this.#standing.delete(key);
    this.#standing.set(key, { failure, times, untilMs: clock.monotonicMs() + forMs });
    const [oldest] = this.#standing.keys();
    if (this.#standing.size > MAX_REMEMBERED && oldest !== undefined) this.#standing.delete(oldest);
    return forMs;
  }

  clear(key: string): void {
    this.#standing.delete(key);
  }

  clearAll(): void {
    this.#standing.clear();
  }
}
