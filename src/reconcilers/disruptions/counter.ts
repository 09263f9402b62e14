/** How often pods of one workload are evicted, preempted or lost with their node: each is ordinary, many are a way to keep it down (DRIFT 30). */
import type { Clock } from "kopf-ts";

const WINDOW_MS = 5 * 60_000;
/** A drain of a node, or of a few one by one, stays below it. */
export const MANY = 10;

export class Disruptions {
  readonly #clock: Clock;
  readonly #recentMs = new Map<string, readonly number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when this one makes them many; again only after as many more. */
  note(workload: string): boolean {
    const now = this.#clock.monotonicMs();
    const recent = [...(this.#recentMs.get(workload) ?? []).filter((at) => now - at < WINDOW_MS), now];
    const areMany = recent.length >= MANY;
    this.#recentMs.set(workload, areMany ? [] : recent);
    return areMany;
  }

  forget(workload: string): void {
    this.#recentMs.delete(workload);
  }
}
