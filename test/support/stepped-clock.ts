import { type Clock, systemClock } from "kopf-ts";

/** The machine's clock, but the wall time can be set wrong, as NTP or an administrator does. */
export class SteppedClock implements Clock {
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  after(delayMs: number, task: () => void): () => void {
    return systemClock.after(delayMs, task);
  }

  step(byMs: number): void {
    this.#aheadMs += byMs;
  }
}
