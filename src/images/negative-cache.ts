/** Remembers failed resolutions, so that what failed is not requested again too soon. */
import { type Clock, exponentialMs } from "kopf-ts";
import type { Unresolved } from "./resolution.ts";

/** A failure, and how long it still blocks another attempt; 0 when the attempt is due. */
export type CachedFailure = Unresolved & { readonly retryAfterMs: number };

const MAX_RETRY_MS = 5 * 60_000;
/** The cache drops the oldest entry beyond this, which at worst brings a retry forward. */
const MAX_ENTRIES = 4_096;

interface Entry {
  readonly failure: Unresolved;
  readonly attempts: number;
  readonly dueMs: number;
}

export class NegativeCache {
  readonly #clock: Clock;
  readonly #baseMs: number;
  readonly #entries = new Map<string, Entry>();

  /** The first failure of a key blocks it for `baseMs`, each further one twice as long, five minutes at most. */
  constructor(clock: Clock, baseMs: number) {
    this.#clock = clock;
    this.#baseMs = baseMs;
  }

  /** The last failure of a key, due or not; undefined if its last attempt succeeded. */
  get(key: string): CachedFailure | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    return { ...entry.failure, retryAfterMs: Math.max(0, entry.dueMs - this.#clock.monotonicMs()) };
  }

  /** Blocks the key at least as long as the failure asks for, within the bound. */
  add(key: string, failure: Unresolved): CachedFailure {
    const attempts = (this.#entries.get(key)?.attempts ?? 0) + 1;
    const backoffMs = exponentialMs(attempts, this.#baseMs, MAX_RETRY_MS);
    const retryAfterMs = Math.min(MAX_RETRY_MS, Math.max(failure.retryAfterMs ?? 0, backoffMs));
    this.#entries.delete(key);
    this.#entries.set(key, { failure, attempts, dueMs: this.#clock.monotonicMs() + retryAfterMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    return { ...failure, retryAfterMs };
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
