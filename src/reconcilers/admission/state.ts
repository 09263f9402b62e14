/** Whether prevention stands, as the SecurityBaseline's status tells it. */
import type { Clock } from "../../kopf/clock.ts";
import type { Correction } from "../correction.ts";

export class AdmissionState {
  readonly #clock: Clock;
  readonly #expected: ReadonlySet<string>;
  readonly #settled = new Set<string>();
  readonly #problems = new Map<string, string>();
  readonly #lostMs = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #last: Correction | undefined;

  /** `expected`: kind and name of every policy and binding. */
  constructor(clock: Clock, expected: readonly string[]) {
    this.#clock = clock;
    this.#expected = new Set(expected);
  }

  lost(key: string): void {
    if (!this.#expected.has(key)) return;
    this.#lostMs.set(key, this.#clock.monotonicMs());
    this.#settled.delete(key);
    this.#changed();
  }

  lostSinceMs(key: string): number | undefined {
    return this.#lostMs.get(key);
  }

  settle(key: string, problem: string | undefined, correction: Correction | undefined): void {
    const before = JSON.stringify([this.isWhole(), this.problems()]);
    if (problem === undefined) {
      this.#problems.delete(key);
      this.#lostMs.delete(key);
      this.#settled.add(key);
    } else {
      this.#problems.set(key, problem);
      this.#settled.delete(key);
    }
    if (correction !== undefined) this.#last = correction;
    if (correction !== undefined || before !== JSON.stringify([this.isWhole(), this.problems()])) this.#changed();
  }

  /** How many policies and bindings there must be. */
  get size(): number {
    return this.#expected.size;
  }

  isWhole(): boolean {
    return this.#settled.size === this.#expected.size;
  }

  missing(): readonly string[] {
    return [...this.#expected].filter((key) => !this.#settled.has(key)).sort();
  }

  problems(): readonly string[] {
    return [...this.#problems.values()].sort();
  }

  /** What somebody changed last, and was undone. */
  last(): Correction | undefined {
    return this.#last;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
