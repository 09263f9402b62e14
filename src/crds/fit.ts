/** Cuts a value to the bounds of its structural schema: a status that is longer than its schema allows is refused as a whole, and nobody sees anything. */
import type { JsonSchemaProps } from "./schema.ts";

/** A list that was cut. */
export interface Cut {
  /** Its path, without the places of items: `exceptions.lifts`. */
  readonly field: string;
  /** How many items it had. Of several lists at one path, the longest. */
  readonly total: number;
}

export interface Fitted<T> {
  readonly value: T;
  /** By path; empty where every list fits. */
  readonly cut: readonly Cut[];
}

interface Schema {
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchemaProps;
  readonly properties?: Readonly<Record<string, JsonSchemaProps>>;
}

/**
 * The first items of each list, and the first characters of each text, as many as `schema` allows. Whatever fits is returned as it is.
 * Assumes that the value fits its schema in everything else.
 */
export function fitTo<T>(schema: JsonSchemaProps, value: T): Fitted<T> {
  const totals = new Map<string, number>();
  const note = (field: string, total: number): void => {
    totals.set(field, Math.max(total, totals.get(field) ?? 0));
  };
  const fitted = cutDown(schema, value, "", note) as T;
  const cut = [...totals].map(([field, total]) => ({ field, total })).sort((a, b) => (a.field < b.field ? -1 : 1));
  return { value: fitted, cut };
}

type Note = (field: string, total: number) => void;

function cutDown(schema: Schema, value: unknown, path: string, note: Note): unknown {
  if (typeof value === "string") return fitText(value, schema.maxLength ?? value.length);
  if (Array.isArray(value)) return fitList(schema, value, path, note);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => {
    const below = schema.properties?.[key];
    return [
      key,
      below === undefined ? part : cutDown(below, part, path === "" ? key : `${path}.${key}`, note),
    ] as const;
  });
  return Object.fromEntries(entries);
}

function fitList({ items = {}, maxItems }: Schema, list: readonly unknown[], path: string, note: Note): unknown[] {
  const max = maxItems ?? list.length;
  if (list.length > max) note(path, list.length);
  return list.slice(0, max).map((item) => cutDown(items, item, path, note));
}

/** Counts code points, as the API server does. */
function fitText(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = [...text];
  return points.length <= max ? text : points.slice(0, max).join("");
}
