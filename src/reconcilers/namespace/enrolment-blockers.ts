/** Namespaces that are not sealed, and what is in the way: what the SecurityBaseline's status tells. */

import { isDeepStrictEqual } from "node:util";
import type { Cache } from "kopf-ts";
import type { Memory } from "../../state/memory.ts";
import type { HeldBackNamespace, NamespaceRecord } from "../../state/records/namespace.ts";

export class EnrolmentBlockers {
  readonly #memory: Memory;
  readonly #namespaces: Pick<Cache<NamespaceRecord>, "entries">;
  readonly #listeners = new Set<() => void>();

  constructor(memory: Memory, namespaces: Pick<Cache<NamespaceRecord>, "entries">) {
    this.#memory = memory;
    this.#namespaces = namespaces;
    memory.onNamespaceEnd(({ heldBack }) => {
      if (heldBack !== undefined) this.#tell();
    });
  }

  has(namespace: string): boolean {
    return this.#memory.ofNamespace(namespace).heldBack !== undefined;
  }

  set(namespace: string, now: HeldBackNamespace | undefined): void {
    const memory = this.#memory.ofNamespace(namespace);
    const isFirst = memory.isLookedThrough !== true;
    memory.isLookedThrough = true;
    if (!isFirst && isDeepStrictEqual(memory.heldBack, now)) return;
    memory.heldBack = now;
    this.#tell();
  }

  /** Whether a namespace was looked through since the process began: what was told of it before stands until then. */
  isKnown(namespace: string): boolean {
    return this.#memory.peekNamespace(namespace)?.isLookedThrough === true;
  }

  /** By the name of the namespace. */
  entries(): readonly (readonly [string, HeldBackNamespace])[] {
    return [...this.#namespaces.entries()]
      .flatMap(([name]) => {
        const heldBack = this.#memory.peekNamespace(name)?.heldBack;
        return heldBack === undefined ? [] : [[name, heldBack] as const];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
