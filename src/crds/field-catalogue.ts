/** Fields of our kinds as people read them: the reference pages and `palisade explain` are made of it. Pure. */
import { buildCrd, type CustomKind } from "./custom-resource-definition.ts";
import type { JsonSchemaProps } from "./to-crd.ts";

export interface FieldRow {
  /** `spec.env[].name`. */
  readonly path: string;
  readonly schema: JsonSchemaProps;
  readonly isRequired: boolean;
}

/** The schema as the API server has it. */
export function schemaOf(kind: CustomKind): JsonSchemaProps {
  const { spec } = buildCrd(kind) as unknown as {
    spec: { versions: { schema: { openAPIV3Schema: JsonSchemaProps } }[] };
  };
  return spec.versions[0]?.schema.openAPIV3Schema ?? {};
}

export const propertiesOf = (schema: JsonSchemaProps): readonly (readonly [string, JsonSchemaProps])[] =>
  Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, JsonSchemaProps>>);

export const itemsOf = (schema: JsonSchemaProps): JsonSchemaProps | undefined =>
  schema["items"] as JsonSchemaProps | undefined;

const REFUSED = "Refused: ";

/** Whether a field is there only to be refused with a sentence. */
export const isRefusedField = ({ description }: JsonSchemaProps): boolean => String(description).startsWith(REFUSED);

/** What to write instead of it. */
export const refusalOfField = ({ description }: JsonSchemaProps): string =>
  String(description).slice(REFUSED.length).replace(/[.]$/, "");

/** The field at `path` and every field in it, in the order of the schema. */
export function fieldRows(path: string, schema: JsonSchemaProps, isRequired: boolean): readonly FieldRow[] {
  const items = itemsOf(schema);
  const body = items ?? schema;
  const at = items === undefined ? path : `${path}[]`;
  const needed = (body["required"] ?? []) as readonly string[];
  const inner = propertiesOf(body).flatMap(([name, field]) => fieldRows(`${at}.${name}`, field, needed.includes(name)));
  return [{ path, schema, isRequired }, ...(isRefusedField(schema) ? [] : inner)];
}

/** Fewer fields are sooner read than looked up. */
const WORTH_A_REFERENCE = 3;

export interface DescribedRow extends FieldRow {
  /** The path with the same fields, which stand there; undefined where they follow. */
  readonly like?: string;
}

/** As {@link fieldRows}, with what stands in several places told once. */
export function fieldRowsOnce(
  path: string,
  schema: JsonSchemaProps,
  isRequired: boolean,
  told = new Map<string, string>(),
): readonly DescribedRow[] {
  const row = { path, schema, isRequired };
  if (isRefusedField(schema)) return [row];
  const items = itemsOf(schema);
  const body = items ?? schema;
  const at = items === undefined ? path : `${path}[]`;
  const properties = propertiesOf(body);
  const key = JSON.stringify([properties, body["required"]]);
  const like = told.get(key);
  if (like !== undefined) return [{ ...row, like }];
  if (fieldRows(path, schema, isRequired).length > WORTH_A_REFERENCE) told.set(key, at);
  const needed = (body["required"] ?? []) as readonly string[];
  const inner = properties.flatMap(([name, field]) =>
    fieldRowsOnce(`${at}.${name}`, field, needed.includes(name), told),
  );
  return [row, ...inner];
}

export function fieldType({ type, items, enum: values, ...more }: JsonSchemaProps): string {
  if (more["x-kubernetes-int-or-string"] === true) return "integer or string";
  if (type === "array") return `list of ${fieldType((items ?? {}) as JsonSchemaProps)}`;
  return Array.isArray(values) ? values.map((value) => `\`${String(value) || '""'}\``).join(" or ") : String(type);
}

export function fieldBounds(schema: JsonSchemaProps): string {
  return [
    ...range(schema["minimum"], schema["maximum"], ""),
    ...range(schema["minLength"], schema["maxLength"], " characters"),
    ...range(schema["minItems"], schema["maxItems"], " items"),
    ...(schema["pattern"] === undefined ? [] : [`matches \`${String(schema["pattern"])}\``]),
    ...(schema["default"] === undefined ? [] : [`default \`${JSON.stringify(schema["default"])}\``]),
  ].join("; ");
}

function range(least: unknown, most: unknown, unit: string): readonly string[] {
  if (most === undefined) return [];
  return [least === undefined ? `at most ${String(most)}${unit}` : `${String(least)} to ${String(most)}${unit}`];
}

export interface FieldRule {
  readonly path: string;
  /** As the API server says it. */
  readonly message: string;
}

/** What the API server demands of a field beyond its type, of the entries of a list too. */
export function fieldRules({ path, schema }: Omit<FieldRow, "isRequired">): readonly FieldRule[] {
  const rules = (schema["x-kubernetes-validations"] ?? []) as readonly { readonly message: string }[];
  const items = itemsOf(schema);
  const own = rules.map(({ message }) => ({ path, message }));
  return items === undefined ? own : [...own, ...fieldRules({ path: `${path}[]`, schema: items })];
}
