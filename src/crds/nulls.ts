/** The API server drops a null from a field that is not nullable, as if it had not been sent, before it judges anything. */
import type { z } from "zod";

interface Def {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}

/**
 * `raw` without the nulls that stand in known fields of `schema`. A null in a list, or under a name the schema does not know, stays
 * and is refused there, as by the API server. The input is left as it is.
 */
export function withoutNulls(raw: unknown, schema: z.ZodType): unknown {
  const { type, innerType, element, shape } = schema._zod.def as unknown as Def;
  if (innerType !== undefined) return withoutNulls(raw, innerType);
  if (type === "array" && element !== undefined && Array.isArray(raw)) {
    return raw.map((item) => withoutNulls(item, element));
  }
  if (type !== "object" || shape === undefined || typeof raw !== "object" || raw === null) return raw;
  if (Array.isArray(raw)) return raw;
  const kept = Object.entries(raw).flatMap(([name, value]) => {
    const field = shape[name];
    if (field === undefined) return [[name, value] as const];
    return value === null ? [] : [[name, withoutNulls(value, field)] as const];
  });
  return Object.fromEntries(kept);
}
