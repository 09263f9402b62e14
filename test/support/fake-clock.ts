import type { Clock } from "../../src/kopf/clock.ts";

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that moves only when told to. Wall clock and monotonic clock may be moved apart. */
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

  /** Timers that are set now: a leak shows as one too many. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** Steps the wall clock alone, as NTP or an administrator does. */
  stepWall(byMs: number): void {
    this.#aheadMs += byMs;
  }

  /** Time passes and no timer fires, as in a process that stood still. What fell due fires with the next `advance`. */
  stall(byMs: number): void {
    this.#monotonicMs += byMs;
  }

  /** Moves time on and runs what falls due, in order; what it causes in promises has settled when this resolves. */
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

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
