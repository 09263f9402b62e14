/**
 * Defaults that a newer API server adds: fields that this version does not know and that a dry run of the desired object shows
 * too. Remembered per kind and field, so that each is asked about once.
 */
import { hashOf, type KubeObject } from "kopf-ts";
import { valueAt } from "./compare.ts";
import type { Difference, FieldPath } from "./diff.ts";
import { isKnownField } from "./known-fields.ts";

/** Of fields without a default, the newest: an attacker can make up names, and what is forgotten is only asked about again. */
const MAX_DENIED = 1_000;

export class LearnedDefaults {
  /** Field to the digest of its default. There are as many as the server adds to our own objects, so none is ever forgotten. */
  readonly #defaults = new Map<string, string>();
  /** Fields that the server adds nothing to; the newest stands last. */
  readonly #denied = new Set<string>();

  /** Whether this value is a known default of the server. A list item or a known field never is. */
  isServerDefault = (kind: string, path: FieldPath, value: unknown): boolean => {
    const answer = this.#defaults.get(fieldOf(kind, path));
    return answer !== undefined && canBeDefault(kind, path) && answer === hashOf(value);
  };

  /** Whether a dry run could explain all of these; false if one of them cannot be a default. */
  isWorthAsking(kind: string, differences: readonly Difference[]): boolean {
    return differences.every(
      ({ kind: difference, path }) =>
        difference === "foreign" &&
        canBeDefault(kind, path) &&
        !this.#defaults.has(fieldOf(kind, path)) &&
        !this.#denied.has(fieldOf(kind, path)),
    );
  }

  /** Records what a dry run of the desired object shows for these fields. */
  learn(kind: string, differences: readonly Difference[], dryRun: KubeObject): void {
    for (const { path } of differences) {
      const value = valueAt(dryRun, path);
      if (value === undefined) this.#deny(fieldOf(kind, path));
      else this.#defaults.set(fieldOf(kind, path), hashOf(value));
    }
  }

  #deny(field: string): void {
    this.#defaults.delete(field);
    this.#denied.add(field);
    const [oldest] = this.#denied;
    if (this.#denied.size > MAX_DENIED && oldest !== undefined) this.#denied.delete(oldest);
  }
}

/** Known fields that only some servers default: from 1.37 on, or behind a feature gate before. */
const DEFAULTED_BY_SOME: ReadonlySet<string> = new Set([
  "StatefulSet\0spec\0updateStrategy\0rollingUpdate\0maxUnavailable",
]);

/** Whether a newer API server may have added this field. */
export function canBeDefault(kind: string, path: FieldPath): boolean {
  const last = path.at(-1);
  if (path[0] === "metadata" || last === undefined || last.startsWith("[")) return false;
  return !isKnownField(kind, path) || DEFAULTED_BY_SOME.has([kind, ...path].join("\0"));
}

/** The same field of every list item is one field. */
const fieldOf = (kind: string, path: FieldPath): string =>
  [kind, ...path.map((step) => (step.startsWith("[") ? "[]" : step))].join("\0");
