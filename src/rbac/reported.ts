/** Tracks which excess permissions were already reported, and how many workloads have some. */

import type { Surplus } from "./excess.ts";
import type { Scope } from "./privileges.ts";
import { beyond, type Rule } from "./rule.ts";

/** What was told of one account. */
export interface ReportedAccount {
  /** The rules by the binding that brings them. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly scopes: ReadonlySet<Scope>;
}

/** Where that is kept: whoever drops it says so by {@link ReportedRights.forget}. */
export interface ReportedSlot {
  rights?: ReportedAccount | undefined;
}

export class ReportedRights {
  readonly #counts: Record<Scope, number> = { cluster: 0, namespace: 0 };

  /**
   * Takes what an account holds now, and returns what of it is to be told of: what holds more than it did at the pass before.
   * `isTold` says, after a restart, that the status tells it already.
   */
  take(slot: ReportedSlot, surplus: readonly Surplus[], isTold: boolean): readonly Surplus[] {
    const before = slot.rights;
    this.forget(slot);
    const scopes = new Set(surplus.map(({ scope }) => scope));
    slot.rights = { rules: new Map(surplus.map((one) => [idOf(one), one.rules])), scopes };
    for (const scope of scopes) this.#counts[scope] += 1;
    if (before === undefined && isTold) return [];
    return surplus.filter((one) => beyond(one.rules, before?.rules.get(idOf(one)) ?? []).length > 0);
  }

  forget(slot: ReportedSlot): void {
    for (const scope of slot.rights?.scopes ?? []) this.#counts[scope] -= 1;
    slot.rights = undefined;
  }

  /** How many workloads have a surplus that holds there. */
  count(scope: Scope): number {
    return this.#counts[scope];
  }
}

/** A recreated binding counts as new. */
const idOf = ({ binding }: Surplus): string => binding.uid;
