/** A merge patch keeps what it does not name: fields that were there before and are gone are named with null. */
export function withNulls<S extends object>(before: object, now: S): S & Readonly<Record<string, unknown>> {
  const gone = Object.keys(before).filter((field) => !(field in now));
  return { ...Object.fromEntries(gone.map((field) => [field, null])), ...now };
}
