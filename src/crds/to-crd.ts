/**
 * Compiles zod schemas to the structural schema of a CustomResourceDefinition (KEP-1150).
 *
 * A strict subset: whatever the API server would refuse, silently drop, or judge differently from zod is refused here, with the
 * path and the way out, so that the two never disagree at run time.
 */
import type { z } from "zod";

export type JsonSchemaProps = { readonly [keyword: string]: unknown };

/** A construct that has no faithful form in a structural schema. */
export class UnsupportedSchemaError extends Error {
  override readonly name = "UnsupportedSchemaError";

  constructor(path: string, problem: string, instead: string) {
    super(`${path === "" ? "the schema" : path}: ${problem}; ${instead}`);
  }
}

interface Def {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDef } }[];
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly defaultValue?: unknown;
  readonly check?: string;
  readonly format?: string;
}

interface CheckDef {
  readonly check: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly format?: string;
  readonly pattern?: RegExp;
}

const defOf = (schema: z.ZodType): Def => schema._zod.def as unknown as Def;

type Meta = Readonly<Record<string, unknown>>;

/** What wrappers and the schema inside say together; the outermost word wins. */
interface Unwrapped {
  readonly schema: z.ZodType;
  readonly meta: Meta;
  readonly required: boolean;
  readonly fallback: { readonly value: unknown } | undefined;
}

function unwrap(schema: z.ZodType, path: string): Unwrapped {
  const def = defOf(schema);
  const meta: Meta = schema.meta() ?? {};
  if (def.type !== "optional" && def.type !== "default") return { schema, meta, required: true, fallback: undefined };
  if (def.innerType === undefined)
    throw new UnsupportedSchemaError(path, `a ${def.type} without an inner type`, "give it one");
  const inner = unwrap(def.innerType, path);
  const merged = { ...inner.meta, ...meta };
  if (def.type === "optional") return { ...inner, meta: merged, required: false };
  const value = typeof def.defaultValue === "function" ? (def.defaultValue as () => unknown)() : def.defaultValue;
  if (!inner.schema.safeParse(value).success)
    throw new UnsupportedSchemaError(path, "its default breaks its own schema", "choose a default that it accepts");
  return { ...inner, meta: merged, required: false, fallback: { value } };
}

/** The structural schema of `schema`. Throws {@link UnsupportedSchemaError}. */
export function toStructuralSchema(schema: z.ZodType, path = ""): JsonSchemaProps {
  const { schema: inner, meta, fallback } = unwrap(schema, path);
  const { description, ...extensions } = meta;
  if (typeof description !== "string" || description === "") {
    throw new UnsupportedSchemaError(
      path,
      "it has no description",
      'add .meta({ description: "…" }), which kubectl explain shows',
    );
  }
  refuseUncheckedRefinements(inner, extensions, path);
  return {
    description,
    ...bodyOf(inner, path),
    ...extensions,
    ...(fallback === undefined ? {} : { default: fallback.value }),
  };
}

function bodyOf(schema: z.ZodType, path: string): JsonSchemaProps {
  const def = defOf(schema);
  switch (def.type) {
    case "string":
      return stringBody(schema, path);
    case "number":
      return numberBody(schema, path);
    case "boolean":
      return { type: "boolean" };
    case "enum":
      return enumBody(Object.values(def.entries ?? {}), path);
    case "literal":
      return enumBody(def.values ?? [], path);
    case "array":
      return arrayBody(schema, path);
    case "object":
      return objectBody(schema, path);
    default:
      throw new UnsupportedSchemaError(
        path,
        `z.${def.type} has no structural form`,
        INSTEAD[def.type] ?? "use an object, array, string, integer, boolean or enum",
      );
  }
}

const INSTEAD: Readonly<Record<string, string>> = {
  union: "use one object with optional fields and a CEL rule that exactly one is set",
  intersection: "write the fields into one object",
  lazy: "the API server knows no $ref: spell the depth out",
  pipe: "parse after reading; a schema describes what is on the wire",
  transform: "parse after reading; a schema describes what is on the wire",
  nullable: "use .optional(): the API server drops null",
  record: "use a list with a map key, so that every entry is bounded",
  map: "use a list with a map key",
  set: "use listSet",
  date: "use a string with the format date-time",
  bigint: "use z.int() with bounds",
  any: "say what it is",
  unknown: "say what it is",
  catch: "a value that is wrong is refused, never replaced",
  readonly: "types are read-only already; leave it out",
  prefault: "use .default()",
  tuple: "use an object with named fields",
};

function checksOf(schema: z.ZodType): readonly CheckDef[] {
  const def = defOf(schema);
  const own: CheckDef[] = def.check === undefined ? [] : [def as unknown as CheckDef];
  return [...own, ...(def.checks ?? []).map(({ _zod }) => _zod.def)];
}

function refuseUncheckedRefinements(schema: z.ZodType, extensions: Meta, path: string): void {
  const refined = checksOf(schema).some(({ check }) => check === "custom");
  const twin =
    extensions["x-kubernetes-validations"] !== undefined ||
    ["map", "set"].includes(String(extensions["x-kubernetes-list-type"]));
  if (refined && !twin)
    throw new UnsupportedSchemaError(
      path,
      "a refinement that the API server would not judge",
      "use withRules, which states it in CEL too",
    );
}

function stringBody(schema: z.ZodType, path: string): JsonSchemaProps {
  const body: Record<string, unknown> = { type: "string" };
  for (const check of checksOf(schema)) {
    if (check.check === "min_length") body["minLength"] = check.minimum;
    else if (check.check === "max_length") body["maxLength"] = check.maximum;
    else if (check.check === "string_format" && check.format === "regex" && check.pattern !== undefined) {
      if (body["pattern"] !== undefined)
        throw new UnsupportedSchemaError(path, "two patterns", "join them, or use withRules for one");
      body["pattern"] = toRe2(check.pattern, path);
    } else if (check.check !== "custom") {
      throw new UnsupportedSchemaError(
        path,
        `the check ${check.format ?? check.check}`,
        "use .min, .max, .regex or withRules",
      );
    }
  }
  if (body["maxLength"] === undefined)
    throw new UnsupportedSchemaError(path, "a string without a bound", "add .max(): CEL rules are priced by it");
  return body;
}

/** RE2, which the API server runs, knows no look-around, no back-reference and no flag. */
function toRe2(pattern: RegExp, path: string): string {
  if (pattern.flags !== "")
    throw new UnsupportedSchemaError(path, `the regex flag ${pattern.flags}`, "write both cases out");
  if (/\(\?[=!<]/.test(pattern.source))
    throw new UnsupportedSchemaError(path, "look-around or a named group in a regex", "state it as a CEL rule");
  if (/\\[1-9k]/.test(pattern.source))
    throw new UnsupportedSchemaError(path, "a back-reference in a regex", "state it as a CEL rule");
  if (/\\[dwsbDWSBpPuc]/.test(pattern.source))
    throw new UnsupportedSchemaError(path, "a character class that RE2 reads otherwise", "write the characters out");
  return pattern.source.replaceAll("\\/", "/");
}

function numberBody(schema: z.ZodType, path: string): JsonSchemaProps {
  const checks = checksOf(schema).filter(({ check }) => check !== "custom");
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

function enumBody(values: readonly unknown[], path: string): JsonSchemaProps {
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  if (types.size !== 1 || (type !== "string" && type !== "boolean"))
    throw new UnsupportedSchemaError(path, "an enum of mixed or numeric values", "use strings");
  return { type, enum: [...values] };
}

function arrayBody(schema: z.ZodType, path: string): JsonSchemaProps {
  const { element } = defOf(schema);
  const meta = schema.meta() ?? {};
  const listType = meta["x-kubernetes-list-type"];
  if (element === undefined) throw new UnsupportedSchemaError(path, "a list without an element", "give it one");
  if (listType === undefined)
    throw new UnsupportedSchemaError(
      path,
      "a list that does not say how it merges",
      "use listMap, listSet or listAtomic",
    );
  const body = listBounds(schema, path);
  // An item's own description is optional where the list's says it all.
  const items = toStructuralSchema(describedAs(element, "One entry."), `${path}[]`);
  if (listType === "map") refuseBadMapKeys(items, meta["x-kubernetes-list-map-keys"] as readonly string[], path);
  return { ...body, items };
}

function listBounds(schema: z.ZodType, path: string): JsonSchemaProps {
  const body: Record<string, unknown> = { type: "array" };
  for (const check of checksOf(schema)) {
    if (check.check === "min_length" && (check.minimum ?? 0) > 0) body["minItems"] = check.minimum;
    else if (check.check === "max_length") body["maxItems"] = check.maximum;
    else if (check.check !== "custom" && check.check !== "min_length") {
      throw new UnsupportedSchemaError(path, `the check ${check.check}`, "use min and max");
    }
  }
  if (body["maxItems"] === undefined) {
    throw new UnsupportedSchemaError(path, "a list without a bound", "give it a max");
  }
  return body;
}

function describedAs(schema: z.ZodType, description: string): z.ZodType {
  const meta = schema.meta();
  return meta?.description === undefined ? schema.meta({ ...meta, description }) : schema;
}

function refuseBadMapKeys(items: JsonSchemaProps, keys: readonly string[], path: string): void {
  const properties = (items["properties"] ?? {}) as Readonly<Record<string, JsonSchemaProps>>;
  const required = (items["required"] ?? []) as readonly string[];
  for (const key of keys) {
    const property = properties[key];
    if (property === undefined || !["string", "integer", "boolean"].includes(String(property["type"])))
      throw new UnsupportedSchemaError(
        path,
        `the map key ${key} is no scalar field`,
        "name a string, integer or boolean field",
      );
    if (!required.includes(key) && property["default"] === undefined)
      throw new UnsupportedSchemaError(path, `the map key ${key} may be absent`, "require it or give it a default");
  }
}

function objectBody(schema: z.ZodType, path: string): JsonSchemaProps {
  const { shape = {}, catchall } = defOf(schema);
  if (catchall === undefined || defOf(catchall).type !== "never")
    throw new UnsupportedSchemaError(
      path,
      "an object that keeps or drops unknown fields",
      "use z.strictObject: the API server knows every field or refuses it",
    );
  const properties: Record<string, JsonSchemaProps> = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(shape)) {
    const at = path === "" ? name : `${path}.${name}`;
    properties[name] = toStructuralSchema(field, at);
    if (unwrap(field, at).required) required.push(name);
  }
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}
