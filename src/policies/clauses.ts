/** What most rules ask of a value: that fields are absent, that a field is one of a few values, that it is exactly one. */

import { all, at, celList, is, saysNothing, textIn } from "./cel.ts";
import type { Clause } from "./places.ts";
import type { Finding } from "./policy.ts";

/** Absent, or written out to say nothing: the API server treats both alike. */
export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

export function omit<T extends object>(value: T, ...keys: readonly (keyof T)[]): T {
  // Only optional fields are ever taken out: every list of keys in this folder names such.
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as keyof T))) as T;
}

/** The items of a list that may stay; an absent list has none. */
export const kept = <T>(items: readonly T[] | undefined, mayStay: (item: T) => boolean): T[] =>
  (items ?? []).filter(mayStay);

/** Fields that must say nothing; they are taken out. */
export function absent<T extends object>(...fields: readonly (keyof T & string)[]): Clause<T> {
  const set = (value: T) => fields.filter((field) => !isNothing(value[field]));
  return {
    broken: (value) => set(value).map((path) => ({ path, message: "must not be set" })),
    repair: (value) => omit(value, ...set(value)),
    obeys: (value) => all(...fields.map((field) => saysNothing(value, field))),
  };
}

/** A text field that must say nothing or be the one harmless value; anything else is taken out. */
export function absentOr<T extends object, K extends keyof T & string>(field: K, harmless: T[K] & string): Clause<T> {
  return {
    broken: (value) =>
      isNothing(value[field]) || value[field] === harmless
        ? []
        : [{ path: field, message: `must be absent or ${harmless}` }],
    repair: (value) => omit(value, field),
    obeys: (value) => `${textIn(value, field)} in ${celList(["", harmless])}`,
  };
}

/** A field that must be there with this value. */
export function exactly<T extends object, K extends keyof T & string>(field: K, wanted: T[K] & boolean): Clause<T> {
  return {
    broken: (value) => (value[field] === wanted ? [] : [{ path: field, message: `must be ${String(wanted)}` }]),
    repair: (value) => ({ ...value, [field]: wanted }),
    obeys: (value) => is(at(value, field), wanted),
  };
}

export const findingIf = (wrong: boolean, path: string, message: string): readonly Finding[] =>
  wrong ? [{ path, message }] : [];
