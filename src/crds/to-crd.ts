/**
 * Compiles zod schemas to the structural schema of a CustomResourceDefinition (KEP-1150).
 *
 * A strict subset: whatever the API server would refuse, silently drop, or judge differently from zod is refused here, with the
 * path and the way out, so that the two never disagree at run time.
 */
import type { z } from "zod";
import { type Checked, checksOf } from "./checks.ts";
import { enumBody, intOrStringBody, numberBody, stringBody } from "./scalars.ts";
import { type JsonSchemaProps, type RefusedType, refusedTypeOf } from "./schema.ts";
import { UnsupportedSchemaError } from "./unsupported-schema-error.ts";

export { type JsonSchemaProps, UnsupportedSchemaError };

interface Def {
  readonly type: string;
  readonly checks?: readonly unknown[];
  readonly coerce?: boolean;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly options?: readonly z.ZodType[];
  readonly defaultValue?: unknown;
}

const defOf = (schema: z.ZodType): Def => schema._zod.def as unknown as Def;

/** What wrappers and the schema inside say together; the outermost description wins. */
interface Unwrapped {
  readonly schema: z.ZodType;
  readonly description: string | undefined;
  readonly required: boolean;
  readonly fallback: { readonly value: unknown } | undefined;
}

/** The structural schema of `schema`. Throws {@link UnsupportedSchemaError}. */
export function toStructuralSchema(schema: z.ZodType, path = ""): JsonSchemaProps {
  const { schema: inner, description, fallback } = unwrap(schema, path);
  if (description === undefined || description === "") {
    throw new UnsupportedSchemaError(
      path,
      "it has no description",
      'add .meta({ description: "…" }), which kubectl explain shows',
    );
  }
  const checked = checksOf(inner, path);
  return {
    description,
    ...bodyOf(inner, checked, path),
    ...checked.keywords,
    ...(fallback === undefined ? {} : { default: fallback.value }),
  };
}

function unwrap(schema: z.ZodType, path: string): Unwrapped {
  const def = defOf(schema);
  const description = descriptionOf(schema, path);
  if (def.type !== "optional" && def.type !== "default") {
    return { schema, description, required: true, fallback: undefined };
  }
  if (def.innerType === undefined) {
    throw new UnsupportedSchemaError(path, `a ${def.type} without an inner type`, "give it one");
  }
  if ((def.checks ?? []).length > 0) {
    throw new UnsupportedSchemaError(path, `a rule around .${def.type}()`, `put the rule inside, .${def.type}() last`);
  }
  const inner = unwrap(def.innerType, path);
  const merged = { ...inner, description: description ?? inner.description, required: false };
  return def.type === "optional" ? merged : { ...merged, fallback: { value: defaultOf(def, inner.schema, path) } };
}

/** Everything else the API server is told comes from the types and checks, where zod judges by it too. */
function descriptionOf(schema: z.ZodType, path: string): string | undefined {
  const { description, ...rest } = schema.meta() ?? {};
  const [other] = Object.keys(rest);
  if (other !== undefined) {
    throw new UnsupportedSchemaError(path, `the meta key ${other}, which zod does not judge by`, "use schema.ts");
  }
  return description;
}

/** `defaultValue` is a getter: a function given to .default() runs each time. */
function defaultOf(def: Def, inner: z.ZodType, path: string): unknown {
  const value = def.defaultValue;
  if (JSON.stringify(value) !== JSON.stringify(def.defaultValue)) {
    throw new UnsupportedSchemaError(path, "a default that changes", "use a constant, which the CRD can hold");
  }
  if (!inner.safeParse(value).success) {
    throw new UnsupportedSchemaError(path, "its default breaks its own schema", "choose a default that it accepts");
  }
  return value;
}

function bodyOf(schema: z.ZodType, checked: Checked, path: string): JsonSchemaProps {
  const def = defOf(schema);
  const refusedType = refusedTypeOf(schema);
  if (refusedType !== undefined) return REFUSED[refusedType];
  if (def.coerce === true)
    throw new UnsupportedSchemaError(path, "a type that coerces", "the wire holds the type itself");
  switch (def.type) {
    case "string":
      return stringBody(checked, path);
    case "number":
      return numberBody(checked, path);
    case "boolean":
      return { type: "boolean" };
    case "enum":
      return enumBody(Object.values(def.entries ?? {}), path);
    case "literal":
      return enumBody(def.values ?? [], path);
    case "union":
      return unionBody(def.options ?? [], path);
    case "array":
      return arrayBody(def, checked, path);
    case "object":
      return objectBody(def, path);
    default:
      throw new UnsupportedSchemaError(
        path,
        `z.${def.type} has no structural form`,
        INSTEAD[def.type] ?? "use an object, list, string, integer, boolean or enum",
      );
  }
}

const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const REFUSED: Readonly<Record<RefusedType, JsonSchemaProps>> = {
  object: ANYTHING,
  list: { type: "array", items: ANYTHING },
  texts: { type: "array", items: { type: "string" } },
  string: { type: "string" },
  boolean: { type: "boolean" },
  integer: { type: "integer" },
};

/** An integer or a string is the one union that structural schemas know. */
function unionBody(options: readonly z.ZodType[], path: string): JsonSchemaProps {
  const [number, string] = options;
  const types = options.map((option) => defOf(option).type).join();
  if (types !== "number,string" || number === undefined || string === undefined) {
    throw new UnsupportedSchemaError(
      path,
      "a union other than of an integer and a string",
      "use one object with optional fields and a CEL rule that exactly one is set",
    );
  }
  const checked = checksOf(string, path);
  const ofString = { ...bodyOf(string, checked, path), ...checked.keywords };
  return intOrStringBody(bodyOf(number, checksOf(number, path), path), ofString, path);
}

const AFTER_READING = "parse after reading: a schema describes what is on the wire";

const INSTEAD: Readonly<Record<string, string>> = {
  intersection: "write the fields into one object",
  lazy: "the API server knows no $ref: spell the depth out",
  pipe: AFTER_READING,
  transform: AFTER_READING,
  nullable: "use .optional(): the API server reads null as absent",
  record: "use a list with a map key, so that every entry is bounded",
  map: "use a list with a map key",
  set: "use listSet",
  date: "use dateTime()",
  bigint: "use z.int() with bounds",
  any: "say what it is",
  unknown: "say what it is",
  custom: "use an object, list, string, integer, boolean or enum with withRules",
  catch: "a value that is wrong is refused, never replaced",
  readonly: "leave it out: it changes nothing on the wire",
  prefault: "use .default()",
  nonoptional: "leave .optional() out",
  tuple: "use an object with named fields",
};

function arrayBody({ element }: Def, checked: Checked, path: string): JsonSchemaProps {
  const listType = checked.keywords["x-kubernetes-list-type"];
  if (element === undefined) throw new UnsupportedSchemaError(path, "a list without an element", "give it one");
  if (listType === undefined) {
    throw new UnsupportedSchemaError(
      path,
      "a list that does not say how it merges",
      "use listMap, listSet or listAtomic",
    );
  }
  if (!unwrap(element, path).required) {
    throw new UnsupportedSchemaError(`${path}[]`, "an item that may be absent", "leave .optional() and .default() out");
  }
  const body = listBounds(checked, path);
  const items = toStructuralSchema(element, `${path}[]`);
  if (listType === "map") {
    refuseBadMapKeys(items, checked.keywords["x-kubernetes-list-map-keys"] as readonly string[], path);
  }
  return { ...body, items };
}

function listBounds({ checks }: Checked, path: string): JsonSchemaProps {
  const body: Record<string, unknown> = { type: "array" };
  for (const { check, minimum, maximum } of checks) {
    if (check === "min_length" && (minimum ?? 0) > 0) body["minItems"] = minimum;
    else if (check === "max_length") body["maxItems"] = maximum;
    else if (check !== "min_length") throw new UnsupportedSchemaError(path, `the check ${check}`, "use min and max");
  }
  if (body["maxItems"] === undefined) {
    throw new UnsupportedSchemaError(path, "a list without a bound", "give it a max");
  }
  return body;
}

function refuseBadMapKeys(items: JsonSchemaProps, keys: readonly string[], path: string): void {
  const properties = (items["properties"] ?? {}) as Readonly<Record<string, JsonSchemaProps>>;
  const required = (items["required"] ?? []) as readonly string[];
  if (keys.length === 0)
    throw new UnsupportedSchemaError(path, "a map without keys", "name the fields that tell its items apart");
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

function objectBody({ shape = {}, catchall }: Def, path: string): JsonSchemaProps {
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
