/** For tests of operators: a clock that the test moves. */
import type { Clock } from "./clock.ts";

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock that moves only when told to. Wall clock and monotonic clock can be moved apart. */
export class FakeClock implements Clock {
  #monotonicMs = 1_000;
  #aheadMs = 1_700_000_000_000;
  readonly #tasks = new Set<Task>();

  now(): number {
    return this.#monotonicMs + this.#aheadMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const task: Task = { atMs: this.#monotonicMs + delayMs, run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** The number of timers that are set; a leaked timer shows here. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** Steps the wall clock only, as NTP or an administrator does. */
  stepWall(byMs: number): void {
    this.#aheadMs += byMs;
  }

  /** Moves time without firing timers, as in a paused process. Due timers fire with the next `advance`. */
  stall(byMs: number): void {
    this.#monotonicMs += byMs;
  }

  /** Moves time and fires due timers in order. Resolves when the promises they settle have settled. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs;
    await settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#tasks.delete(next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.atMs);
      next.run();
      await settle();
    }
    this.#monotonicMs = untilMs;
  }

  #next(untilMs: number): Task | undefined {
    const due = [...this.#tasks].filter(({ atMs }) => atMs <= untilMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }
}

/** Waits until all promises that can settle have settled. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
