/**
 * How fast facts are told, so that thousands of pods that restart at once are no storm of status writes: one key after the other, and each again only after
 * a while. Pure: times are given in monotonic milliseconds.
 */

export interface PaceOptions {
  /** Between two keys. */
  readonly spacingMs: number;
  /** Between two times of one key. */
  readonly againMs: number;
}

export class Pace {
  readonly #options: PaceOptions;
  /** Keys that wait, with their turn: bounded by the keys there are, and each is taken off when its turn comes. */
  readonly #turns = new Map<string, number>();
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** How long `key` has to wait; 0 gives it its turn, and the next call another one. `toldMs` is when it had one last. */
  waitMs(key: string, toldMs: number | undefined, nowMs: number): number {
    const { spacingMs, againMs } = this.#options;
    const againAtMs = toldMs === undefined ? nowMs : toldMs + againMs;
    if (againAtMs > nowMs) return againAtMs - nowMs;
    const turnMs = this.#turns.get(key) ?? Math.max(nowMs, this.#lastMs + spacingMs);
    this.#lastMs = Math.max(this.#lastMs, turnMs);
    if (turnMs <= nowMs) {
      this.#turns.delete(key);
      return 0;
    }
    this.#turns.set(key, turnMs);
    return turnMs - nowMs;
  }

  /** Of a key that has nothing to tell any more, or belongs to another by now. */
  forget(key: string): void {
    this.#turns.delete(key);
  }
}
