/**
 * What a newer API server adds by itself: fields this version has no name for, that a dry run of the desired object alone
 * shows too. Remembered per kind and field, so that each is asked about once.
 */
import { hashOf } from "../kopf/causes.ts";
import type { KubeObject } from "../kopf/object.ts";
import type { Difference, FieldPath } from "./diff.ts";
import { valueAt } from "./judge.ts";
import { isKnownField } from "./known-fields.ts";

/** An attacker can make up field names; the memory of answers stays bounded all the same. */
const MAX_ANSWERS = 1_000;

export class LearnedDefaults {
  /** Field to the digest of the value the server gives it, or undefined when it gives none. */
  readonly #answers = new Map<string, string | undefined>();

  /** Whether the server is known to add this value here. A list item or a known field is never a default. */
  isServerDefault = (kind: string, path: FieldPath, value: unknown): boolean => {
    const answer = this.#answers.get(fieldOf(kind, path));
    return answer !== undefined && canBeDefault(kind, path) && answer === hashOf(value);
  };

  /** Whether a dry run could still explain all of these; false as soon as one of them cannot be a default. */
  isWorthAsking(kind: string, differences: readonly Difference[]): boolean {
    return differences.every(
      ({ kind: difference, path }) =>
        difference === "foreign" &&
        canBeDefault(kind, path) &&
        !this.#answers.has(fieldOf(kind, path)) &&
        this.#answers.size < MAX_ANSWERS,
    );
  }

  /** Takes the server's answer to a dry run of the desired object for the fields in question. */
  learn(kind: string, differences: readonly Difference[], dryRun: KubeObject): void {
    for (const { path } of differences) {
      const value = valueAt(dryRun, path);
      this.#answers.set(fieldOf(kind, path), value === undefined ? undefined : hashOf(value));
    }
  }
}

/** Fields whose names are known, and which some servers default and others do not know: from 1.37 on, or behind a gate before. */
const DEFAULTED_BY_SOME: ReadonlySet<string> = new Set([
  "StatefulSet\0spec\0updateStrategy\0rollingUpdate\0maxUnavailable",
]);

/** Whether a newer API server may have added this field: this version has no name for it. */
export function canBeDefault(kind: string, path: FieldPath): boolean {
  const last = path.at(-1);
  if (path[0] === "metadata" || last === undefined || last.startsWith("[")) return false;
  return !isKnownField(last) || DEFAULTED_BY_SOME.has([kind, ...path].join("\0"));
}

/** The same field of every list item is one field. */
const fieldOf = (kind: string, path: FieldPath): string =>
  [kind, ...path.map((step) => (step.startsWith("[") ? "[]" : step))].join("\0");
