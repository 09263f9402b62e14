/** How often a child was corrected, so that a contest is bounded in rate and visible. */
import type { Clock } from "kopf-ts";

/** This many corrections at once are free; from then on two a second for one object. */
const BURST = 20;
const REFILL_MS = 500;
/** This many within the window is a contest. */
const CONTESTED_AT = 5;
const WINDOW_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 60_000;

interface History {
  tokens: number;
  refilledMs: number;
  recentMs: number[];
}

export class CorrectionLimiter {
  readonly #clock: Clock;
  readonly #histories = new Map<string, History>();
  #sweptMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait before `child` may be corrected again; 0 means now. */
  delayMs(child: string): number {
    const history = this.#histories.get(child);
    if (history === undefined) return 0;
    this.#refill(history);
    return history.tokens >= 1 ? 0 : Math.ceil(REFILL_MS * (1 - history.tokens));
  }

  record(child: string): void {
    const now = this.#clock.monotonicMs();
    this.#sweep(now);
    const history = this.#histories.get(child) ?? { tokens: BURST, refilledMs: now, recentMs: [] };
    this.#refill(history);
    history.tokens = Math.max(0, history.tokens - 1);
    history.recentMs = [...history.recentMs.filter((at) => now - at < WINDOW_MS), now].slice(-CONTESTED_AT);
    this.#histories.set(child, history);
  }

  /** Which of `children` are contested, and after how long the first of them stops being so. */
  contested(children: readonly string[]): {
    readonly children: readonly string[];
    readonly calmAfterMs: number | undefined;
  } {
    const now = this.#clock.monotonicMs();
    const found: string[] = [];
    let calmAfterMs: number | undefined;
    for (const child of children) {
      const recent = this.#histories.get(child)?.recentMs.filter((at) => now - at < WINDOW_MS) ?? [];
      const oldest = recent[0];
      if (recent.length < CONTESTED_AT || oldest === undefined) continue;
      found.push(child);
      calmAfterMs = Math.min(calmAfterMs ?? Number.POSITIVE_INFINITY, WINDOW_MS - (now - oldest) + 1_000);
    }
    return { children: found, calmAfterMs };
  }

  #refill(history: History): void {
    const now = this.#clock.monotonicMs();
    history.tokens = Math.min(BURST, history.tokens + (now - history.refilledMs) / REFILL_MS);
    history.refilledMs = now;
  }

  /** What was not corrected within the window is as good as new: only what happened lately is remembered. */
  #sweep(now: number): void {
    if (now - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = now;
    for (const [child, { recentMs }] of this.#histories)
      if (now - (recentMs.at(-1) ?? 0) >= WINDOW_MS) this.#histories.delete(child);
  }

  /** How many children are remembered. */
  get size(): number {
    return this.#histories.size;
  }
}
