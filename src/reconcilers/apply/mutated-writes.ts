/**
 * Children that the API server, or a webhook in it, stores otherwise than they were written. Writing again what was just
 * rewritten would go on for ever: it is asked about again only after a while, or when something else about the child changes.
 */

import { type Clock, hashOf } from "kopf-ts";
import { valueAt } from "../../plan/compare.ts";
import type { Desired } from "../../plan/desired.ts";
import type { Deviation } from "../../state/records/child.ts";

const AGAIN_AFTER_MS = 60_000;
const LONGEST_MS = 60 * 60_000;
/** A child that was not written for so long is gone, or was put right by others. */
const FORGOTTEN_AFTER_MS = 2 * 60 * 60_000;

interface Rewrite {
  readonly signature: string;
  readonly untilMs: number;
  /** How often it became the same again. */
  readonly times: number;
}

export class MutatedWrites {
  readonly #clock: Clock;
  readonly #rewrites = new Map<string, Rewrite>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this very deviation is what became of the last write of `child`. */
  isKnown(child: string, desired: Desired, deviation: Deviation): boolean {
    return this.#rewrites.get(child)?.signature === signatureOf(desired, deviation);
  }

  /** Until the API server is asked again whether it still changes it; 0 when it is to be asked. */
  waitMs(child: string): number {
    return Math.max(0, (this.#rewrites.get(child)?.untilMs ?? 0) - this.#clock.monotonicMs());
  }

  /** Whether the last write of `child` was stored otherwise. */
  stands(child: string): boolean {
    return this.#rewrites.has(child);
  }

  /** What a write of `desired` became: undefined when it was stored as it was written. */
  note(child: string, desired: Desired, became: Deviation | undefined): void {
    if (became === undefined) this.#rewrites.delete(child);
    else {
      this.#sweep();
      const signature = signatureOf(desired, became);
      const known = this.#rewrites.get(child);
      const times = known?.signature === signature ? known.times + 1 : 0;
      const untilMs = this.#clock.monotonicMs() + Math.min(LONGEST_MS, AGAIN_AFTER_MS * 2 ** times);
      this.#rewrites.set(child, { signature, untilMs, times });
    }
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const [child, { untilMs }] of this.#rewrites)
      if (now - untilMs >= FORGOTTEN_AFTER_MS) this.#rewrites.delete(child);
  }
}

/** The same fields with the same values, of the same desired object. */
const signatureOf = ({ digest }: Desired, { live, differences }: Deviation): string =>
  hashOf([digest, differences.map(({ path, kind }) => [path, kind, valueAt(live, path)])]);
