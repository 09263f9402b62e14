/** What reads a line of a log or a flow, and what became of it. */

/**
 * - `read`: it said something.
 * - `passed over`: it is whole, and says nothing of workloads.
 * - `refused`: it tells of something that was not let through.
 * - `broken`: nobody here understands it.
 */
export type Read = "read" | "passed over" | "refused" | "broken";

/** Remembers what it read, and never the line. */
export type LineReader = (line: string) => Read;

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for what is no JSON object. */
export function objectIn(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field that is an object; empty for anything else. */
export function fieldsAt(of: Fields, ...names: readonly string[]): Fields {
  const found = names.map((name) => of[name]).find(isFields);
  return found ?? {};
}

export function textAt(of: Fields, ...names: readonly string[]): string | undefined {
  const found = names.map((name) => of[name]).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : undefined;
}

/** Also one that stands there as text, as protobuf writes numbers of 64 bits. */
export function numberAt(of: Fields, ...names: readonly string[]): number | undefined {
  const found = names.map((name) => Number(of[name] ?? Number.NaN)).find(Number.isFinite);
  return found;
}

export const textsAt = (of: Fields, ...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => of[name] ?? []).filter((value) => typeof value === "string");
