/** Namespaces that are not sealed, and what is in the way: what the SecurityBaseline's status tells. */
import { isDeepStrictEqual } from "node:util";
import type { Enrolment } from "../../crds/v1alpha1/enrolment.ts";
import type { Foreign } from "./enrolment.ts";

export interface HeldBackNamespace {
  readonly state: Enrolment;
  readonly foreign: Foreign;
}

export class HeldBack {
  readonly #namespaces = new Map<string, HeldBackNamespace>();
  readonly #listeners = new Set<() => void>();

  has(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  set(namespace: string, now: HeldBackNamespace | undefined): void {
    if (isDeepStrictEqual(this.#namespaces.get(namespace), now)) return;
    if (now === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, now);
    for (const listener of this.#listeners) listener();
  }

  /** By the name of the namespace. */
  entries(): readonly (readonly [string, HeldBackNamespace])[] {
    return [...this.#namespaces].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
