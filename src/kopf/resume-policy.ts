/** What a reflector does after a failure: how long it waits, and whether the version it holds is still to be trusted. */
import { ApiError, isGone, isIdle, isUnreachable } from "./api-error.ts";
import { exponentialMs } from "./backoff.ts";

export interface StreamHistory {
  /** From the opening of the stream to its last byte. */
  readonly healthyMs: number;
  /** The stream brought at least one event or bookmark. */
  readonly progressed: boolean;
}

export interface Resumption {
  readonly delayMs: number;
  /** List again: the version may be gone, or is what the server stumbles over. */
  readonly relist: boolean;
}

/** client-go's reflector waits from 0.8 s to 30 s; the first retry here is quick, since most breaks are brief. */
const FIRST_MS = 200;
const BASE_MS = 800;
const MAX_MS = 30_000;
/** A stream that lived as long as the longest wait earns a fresh start: at most half the time is spent waiting. */
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
      // A stream that brings something before it breaks must not be waited for ever longer; nor is it to be stormed.
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
    // A server that is away says nothing about the version: the watch goes on from it.
    if (isUnreachable(error)) return false;
    if (isIdle(error)) {
      this.#idles += 1;
      return this.#idles >= IDLES_BEFORE_RELIST;
    }
    this.#doubts += 1;
    return this.#doubts >= DOUBTS_BEFORE_RELIST;
  }

  /** Full jitter, so that the reflectors of all replicas do not return in one wave. */
  #backoffMs(): number {
    if (this.#failures === 1) return this.#random() * FIRST_MS;
    return this.#random() * exponentialMs(this.#failures - 1, BASE_MS, MAX_MS);
  }
}
