/** Strings, numbers and enums as structural schemas. */
import type { CheckDef, Checked } from "./checks.ts";
import { toRe2 } from "./re2.ts";
import type { JsonSchemaProps } from "./schema.ts";
import { UnsupportedSchemaError } from "./unsupported-schema-error.ts";

const RULES = "x-kubernetes-validations";

export function stringBody({ checks, keywords }: Checked, path: string): JsonSchemaProps {
  const body: Record<string, unknown> = { type: "string" };
  for (const check of checks) {
    const pattern = patternOf(check, path);
    if (body["pattern"] !== undefined)
      throw new UnsupportedSchemaError(path, "two patterns", "join them, or use withRules for one");
    body["pattern"] = pattern;
  }
  if (keywords["maxLength"] === undefined)
    throw new UnsupportedSchemaError(path, "a string without a bound", "use text(max): CEL rules are priced by it");
  return body;
}

/** The pattern of a check, the only check of strings that has a structural form. */
function patternOf({ check, format, pattern }: CheckDef, path: string): string {
  if (check === "string_format" && format === "regex" && pattern !== undefined) return toRe2(pattern, path);
  if (check === "min_length" || check === "max_length") {
    throw new UnsupportedSchemaError(
      path,
      "zod's own length check, which counts an emoji as two",
      "use text(max, min), which counts as the API server does",
    );
  }
  throw new UnsupportedSchemaError(path, `the check ${format ?? check}`, "use text, .regex or withRules");
}

export function numberBody({ checks }: Checked, path: string): JsonSchemaProps {
  const minimums = boundsBy(checks, "greater_than");
  const maximums = boundsBy(checks, "less_than");
  const isInteger = ({ check, format }: CheckDef): boolean => check === "number_format" && format === "safeint";
  if (!checks.some(isInteger)) {
    throw new UnsupportedSchemaError(
      path,
      "a number that may have a fraction",
      "use z.int(): fractions do not survive every client",
    );
  }
  if (checks.length !== minimums.length + maximums.length + checks.filter(isInteger).length) {
    throw new UnsupportedSchemaError(path, "a check that has no structural form", "use z.int() with .min and .max");
  }
  if (minimums.length === 0 || maximums.length === 0) {
    throw new UnsupportedSchemaError(path, "an integer without bounds", "add .min() and .max()");
  }
  const maximum = Math.min(...maximums);
  const format = maximum > 2_147_483_647 ? { format: "int64" } : {};
  return { type: "integer", minimum: Math.max(...minimums), maximum, ...format };
}

/** The values of the inclusive bounds of one kind. */
function boundsBy(checks: readonly CheckDef[], kind: "greater_than" | "less_than"): readonly number[] {
  return checks.flatMap(({ check, inclusive, value }) =>
    check === kind && inclusive === true && value !== undefined ? [value] : [],
  );
}

export function enumBody(values: readonly unknown[], path: string): JsonSchemaProps {
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  if (types.size !== 1 || (type !== "string" && type !== "boolean"))
    throw new UnsupportedSchemaError(path, "an enum of mixed or numeric values", "use strings");
  return { type, enum: [...values] };
}

/** Bounds of numbers and of texts stand side by side: each binds its own kind of value alone. */
export function intOrStringBody(integer: JsonSchemaProps, string: JsonSchemaProps, path: string): JsonSchemaProps {
  if (RULES in string)
    throw new UnsupportedSchemaError(path, "a rule inside a union", "put it around the union, where it sees both");
  const { type: _integer, ...ofInteger } = integer;
  const { type: _string, ...ofString } = string;
  return { "x-kubernetes-int-or-string": true, ...ofInteger, ...ofString };
}
