/**
 * A queue of keys. Each key waits at most once, runs at most once at a time, and runs again when it was added while running.
 * Higher priority goes first, and FIFO within a priority. The contract is that of controller-runtime's priority queue.
 */
import { exponentialMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";

export interface AddOptions {
  /** Higher goes first. Live changes are 0, a resync and the first list are negative. */
  readonly priority?: number;
  readonly afterMs?: number;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly backoffBaseMs?: number;
  readonly backoffMaxMs?: number;
  readonly onAdd?: () => void;
  readonly onRetry?: () => void;
}

export interface Taken {
  readonly key: string;
  readonly priority: number;
  /** How long it was ready before a worker took it. */
  readonly queuedMs: number;
}

/** Node's timers take 31 bits of milliseconds; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Running {
  readonly priority: number;
  readonly startedMs: number;
}

/** The ready keys of one priority. One iterator is kept, since a new one would skip over every deleted entry again. */
interface Level {
  readonly keys: Set<string>;
  readonly upcoming: Iterator<string>;
}

interface Due {
  readonly priority: number;
  readonly readyAtMs: number;
}

interface Waiting extends Due {
  /** Cancels the timer, while the key waits for its time. */
  readonly cancel: (() => void) | undefined;
}

export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Ready keys by priority; insertion order is arrival order. */
  readonly #ready = new Map<number, Level>();
  readonly #running = new Map<string, Running>();
  /** Running keys that were added again. */
  readonly #again = new Map<string, Due>();
  readonly #failures = new Map<string, number>();
  readonly #takers: (() => void)[] = [];
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** How many keys are ready to run. */
  get length(): number {
    let total = 0;
    for (const { keys } of this.#ready.values()) total += keys.size;
    return total;
  }

  /** How long the running keys have been running: in total, and the longest. */
  unfinished(): { readonly totalMs: number; readonly longestMs: number } {
    const now = this.#options.clock.monotonicMs();
    let totalMs = 0;
    let longestMs = 0;
    for (const { startedMs } of this.#running.values()) {
      totalMs += now - startedMs;
      longestMs = Math.max(longestMs, now - startedMs);
    }
    return { totalMs, longestMs };
  }

  /** Of all adds since the last run, the earliest time and the highest priority win. */
  add(key: string, options: AddOptions = {}): void {
    if (this.#closed) return;
    this.#options.onAdd?.();
    this.#put(key, options);
  }

  #put(key: string, options: AddOptions): void {
    const now = this.#options.clock.monotonicMs();
    const isRunning = this.#running.has(key);
    const held = isRunning ? this.#again.get(key) : this.#waiting.get(key);
    const priority = Math.max(options.priority ?? 0, held?.priority ?? Number.NEGATIVE_INFINITY);
    const readyAtMs = Math.min(now + (options.afterMs ?? 0), held?.readyAtMs ?? Number.POSITIVE_INFINITY);
    if (isRunning) this.#again.set(key, { priority, readyAtMs });
    else if (held?.priority !== priority || held.readyAtMs !== readyAtMs) {
      this.#withdraw(key);
      this.#place(key, priority, readyAtMs, now);
    }
  }

  /** Waits for the next ready key; undefined once the queue is closed or `signal` aborts. */
  async take(signal: AbortSignal): Promise<Taken | undefined> {
    while (!this.#closed && !signal.aborted) {
      const key = this.#next();
      if (key !== undefined) return this.#start(key);
      await this.#somethingReady(signal);
    }
    // Woken and stopped at once: wakes another taker for the key.
    if (this.length > 0) this.#takers.shift()?.();
    return undefined;
  }

  /** The run of `key` ended. A key added during the run is queued again now. */
  done(key: string): void {
    this.#running.delete(key);
    const again = this.#again.get(key);
    if (again === undefined) return;
    this.#again.delete(key);
    if (this.#closed) return;
    const { priority, readyAtMs } = again;
    this.#put(key, { priority, afterMs: Math.max(0, readyAtMs - this.#options.clock.monotonicMs()) });
  }

  /** Adds `key` again after its back-off, at the priority it ran with. Returns the delay. */
  retry(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.onRetry?.();
    const afterMs = exponentialMs(failures, this.#options.backoffBaseMs ?? 5, this.#options.backoffMaxMs ?? 300_000);
    this.add(key, { priority: this.#running.get(key)?.priority ?? 0, afterMs });
    return afterMs;
  }

  /** How many runs of `key` failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Resets the back-off of `key`. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Removes and returns the waiting keys for which `belongs` is true, and resets their back-off. Running keys go on. */
  withdraw(belongs: (key: string) => boolean): readonly (readonly [string, Required<AddOptions>])[] {
    const now = this.#options.clock.monotonicMs();
    for (const key of this.#failures.keys()) if (belongs(key)) this.#failures.delete(key);
    return [...this.#waiting].flatMap(([key, { priority, readyAtMs }]) => {
      if (!belongs(key)) return [];
      this.#withdraw(key);
      return [[key, { priority, afterMs: Math.max(0, readyAtMs - now) }] as const];
    });
  }

  /** Hands out no more keys. Running keys go on. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#waiting.values()) cancel?.();
    this.#waiting.clear();
    this.#ready.clear();
    for (const wake of this.#takers.splice(0)) wake();
  }

  #place(key: string, priority: number, readyAtMs: number, now: number): void {
    const delayMs = readyAtMs - now;
    if (delayMs <= 0) {
      this.#waiting.set(key, { priority, readyAtMs, cancel: undefined });
      this.#levelOf(priority).keys.add(key);
      this.#takers.shift()?.();
      return;
    }
    const { clock } = this.#options;
    const isLast = delayMs <= LONGEST_TIMER_MS;
    const cancel = clock.after(Math.min(delayMs, LONGEST_TIMER_MS), () =>
      this.#place(key, priority, readyAtMs, isLast ? readyAtMs : clock.monotonicMs()),
    );
    this.#waiting.set(key, { priority, readyAtMs, cancel });
  }

  #withdraw(key: string): void {
    const held = this.#waiting.get(key);
    if (held === undefined) return;
    held.cancel?.();
    this.#ready.get(held.priority)?.keys.delete(key);
    this.#waiting.delete(key);
  }

  #next(): string | undefined {
    let best: number | undefined;
    for (const [priority, { keys }] of this.#ready) {
      if (keys.size === 0) this.#ready.delete(priority);
      else if (best === undefined || priority > best) best = priority;
    }
    if (best === undefined) return undefined;
    return this.#levelOf(best).upcoming.next().value;
  }

  #levelOf(priority: number): Level {
    const known = this.#ready.get(priority);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    const level: Level = { keys, upcoming: keys.values() };
    this.#ready.set(priority, level);
    return level;
  }

  #start(key: string): Taken {
    const held = this.#waiting.get(key);
    const priority = held?.priority ?? 0;
    const startedMs = this.#options.clock.monotonicMs();
    const queuedMs = Math.max(0, startedMs - (held?.readyAtMs ?? startedMs));
    this.#withdraw(key);
    this.#running.set(key, { priority, startedMs });
    return { key, priority, queuedMs };
  }

  #somethingReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        const index = this.#takers.indexOf(wake);
        if (index >= 0) this.#takers.splice(index, 1);
        resolve();
      };
      this.#takers.push(wake);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
