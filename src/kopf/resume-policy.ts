/** Decides after a failure how long a reflector waits, and whether it lists again or resumes from its version. */
import { ApiError, isGone, isIdle, isUnreachable } from "./api-error.ts";
import { exponentialMs } from "./backoff.ts";

export interface StreamHistory {
  /** From the opening of the stream to its last byte. */
  readonly healthyMs: number;
  /** The stream delivered at least one event or bookmark. */
  readonly progressed: boolean;
}

export interface Resumption {
  readonly delayMs: number;
  /** List again: the version may be gone, or may be what fails. */
  readonly relist: boolean;
}

/** client-go's reflector waits 0.8 s to 30 s. The first retry here is faster, since most outages are brief. */
const FIRST_MS = 200;
const BASE_MS = 800;
const MAX_MS = 30_000;
/** A stream that lived this long resets the back-off, so that at most half the time is spent waiting. */
const HEALTHY_MS = MAX_MS;
const DOUBTS_BEFORE_RELIST = 3;
const IDLES_BEFORE_RELIST = 2;

export class ResumePolicy {
  readonly #random: () => number;
  #failures = 0;
  #doubts = 0;
  #idles = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  onFailure(error: unknown, { healthyMs, progressed }: StreamHistory): Resumption {
    if (healthyMs >= HEALTHY_MS) this.#failures = 0;
    if (progressed) {
      // A stream that makes progress before it breaks neither waits ever longer nor retries without a wait.
      this.#failures = Math.min(this.#failures, 1);
      this.#doubts = 0;
      this.#idles = 0;
    }
    this.#failures += 1;
    const relist = this.#mustRelist(error);
    if (relist) {
      this.#doubts = 0;
      this.#idles = 0;
    }
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return { relist, delayMs: Math.max(asked, isGone(error) && this.#failures === 1 ? 0 : this.#backoffMs()) };
  }

  #mustRelist(error: unknown): boolean {
    if (isGone(error)) return true;
    // An unreachable server says nothing about the version: resume from it.
    if (isUnreachable(error)) return false;
    if (isIdle(error)) {
      this.#idles += 1;
      return this.#idles >= IDLES_BEFORE_RELIST;
    }
    this.#doubts += 1;
    return this.#doubts >= DOUBTS_BEFORE_RELIST;
  }

  /** Full jitter, so that the reflectors of all replicas do not retry in one wave. */
  #backoffMs(): number {
    if (this.#failures === 1) return this.#random() * FIRST_MS;
    return this.#random() * exponentialMs(this.#failures - 1, BASE_MS, MAX_MS);
  }
}
