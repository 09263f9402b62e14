/**
 * Children that the API server, or a webhook in it, stores otherwise than they were written. Writing again what was just
 * rewritten would go on for ever: it is tried again only after a while, or when something else about the child changes.
 */

import { hashOf } from "../../kopf/causes.ts";
import type { Clock } from "../../kopf/clock.ts";
import { valueAt } from "../../plan/judge.ts";
import type { Deviation } from "../records.ts";
import type { Desired } from "../world.ts";

const AGAIN_AFTER_MS = 60_000;

interface Rewrite {
  readonly signature: string;
  readonly untilMs: number;
}

export class Rewrites {
  readonly #clock: Clock;
  readonly #rewrites = new Map<string, Rewrite>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For how long this very deviation of `child` is left, since it is what becomes of every write; 0 for any other. */
  waitMs(child: string, desired: Desired, deviation: Deviation): number {
    const known = this.#rewrites.get(child);
    if (known === undefined || known.signature !== signatureOf(desired, deviation)) return 0;
    return Math.max(0, known.untilMs - this.#clock.monotonicMs());
  }

  /** Whether the last write of `child` was stored otherwise. */
  stands(child: string): boolean {
    return this.#rewrites.has(child);
  }

  /** What a write of `desired` became: undefined when it was stored as it was written. */
  note(child: string, desired: Desired, became: Deviation | undefined): void {
    if (became === undefined) this.#rewrites.delete(child);
    else {
      const untilMs = this.#clock.monotonicMs() + AGAIN_AFTER_MS;
      this.#rewrites.set(child, { signature: signatureOf(desired, became), untilMs });
    }
  }
}

/** The same fields with the same values, of the same desired object. */
const signatureOf = ({ digest }: Desired, { live, differences }: Deviation): string =>
  hashOf([digest, differences.map(({ path, kind }) => [path, kind, valueAt(live, path)])]);
