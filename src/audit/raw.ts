/** Reads of objects that nobody checked: whatever has another shape than expected is absent. Pure. */

export type Raw = Readonly<Record<string, unknown>>;

const EMPTY: Raw = {};

export const record = (value: unknown): Raw =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : EMPTY;

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const records = (value: unknown): readonly Raw[] => list(value).map(record);

export const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Numbers and switches too, as a flag or a variable holds them. */
export const scalar = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;

export const texts = (value: unknown): readonly string[] => list(value).flatMap((one) => scalar(one) ?? []);

export const labelsIn = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record(value)).flatMap(([key, one]) => {
      const said = scalar(one);
      return said === undefined ? [] : [[key, said]];
    }),
  );
