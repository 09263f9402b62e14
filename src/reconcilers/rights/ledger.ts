/** Which surplus was told of already, and how many workloads have one. */
import type { Scope } from "./dangers.ts";
import { beyond, type Rule } from "./rule.ts";
import type { Surplus } from "./surplus.ts";

interface Entry {
  /** The rules by the binding that brings them. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly scopes: ReadonlySet<Scope>;
}

export class RightsLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #counts: Record<Scope, number> = { cluster: 0, namespace: 0 };

  /**
   * Takes what an account holds now, and returns what of it is to be told of: what holds more than it did at the pass before.
   * `isTold` says, after a restart, that the status tells it already.
   */
  take(workload: string, surplus: readonly Surplus[], isTold: boolean): readonly Surplus[] {
    const before = this.#entries.get(workload);
    this.forget(workload);
    const scopes = new Set(surplus.map(({ scope }) => scope));
    this.#entries.set(workload, { rules: new Map(surplus.map((one) => [idOf(one), one.rules])), scopes });
    for (const scope of scopes) this.#counts[scope] += 1;
    if (before === undefined && isTold) return [];
    return surplus.filter((one) => beyond(one.rules, before?.rules.get(idOf(one)) ?? []).length > 0);
  }

  forget(workload: string): void {
    for (const scope of this.#entries.get(workload)?.scopes ?? []) this.#counts[scope] -= 1;
    this.#entries.delete(workload);
  }

  /** How many workloads have a surplus that holds there. */
  count(scope: Scope): number {
    return this.#counts[scope];
  }
}

/** A binding that is made anew is another one. */
const idOf = ({ binding }: Surplus): string => binding.uid;
