/** Every way to put one field of an object wrong, or to its very edge, read off the structural schema of the CRD. */
import { isRefusedField } from "../../src/crds/field-catalogue.ts";
import type { JsonSchemaProps } from "../../src/crds/to-crd.ts";

export type Path = readonly (string | number)[];

export interface Mutation {
  readonly path: Path;
  /** What is done there, for the report. */
  readonly what: string;
  /** What stands there afterwards; undefined removes the field. */
  readonly value: unknown;
}

/** One of each JSON type. */
const OF_EACH_TYPE: readonly unknown[] = ["x", 7, 1.5, true, [], {}, null];

/** Texts that regular expressions, quoting and counting get wrong. */
const ODD_TEXTS = [
  "0%",
  "25%",
  "100%",
  "101%",
  "",
  " ",
  "*",
  "A",
  "-a",
  "a\n",
  "a b",
  "../a",
  "'",
  "\\",
  "\u0000",
  "é",
  "😀",
  "\ud800",
  "0",
  "__proto__",
  "2026-02-31T12:00:00Z",
  "2026-01-31T24:00:00Z",
  "2026-01-31T12:00:60Z",
  "2026-01-31T12:00:00+01:00",
  "0000-01-01T00:00:00Z",
  "2024-02-29T23:59:59.9Z",
];

/** Every mutation of `value` that `schema` suggests, deepest fields last. Only fields that are there are mutated. */
export function mutationsOf(schema: JsonSchemaProps, value: unknown, path: Path = []): readonly Mutation[] {
  return [
    ...OF_EACH_TYPE.map((other) => ({ path, what: `be ${JSON.stringify(other)}`, value: other })),
    ...edgesOf(schema, value).map(([what, edge]) => ({ path, what, value: edge })),
    ...childrenOf(schema, value, path),
  ];
}

/** The path in the schema of a path in an object: `[]` stands for any item of a list. */
export const schemaPathOf = (path: Path): string =>
  path.map((step) => (typeof step === "number" ? "[]" : `.${step}`)).join("");

/** Taking a field away, or to another type, is tried wherever it stands. */
const isOfItsPlace = ({ what }: Mutation): boolean => what === "be absent" || what === "be null";

/**
 * Of the mutations that do the same to different items of a list, or to fields of one schema that stands in several places, one: `seed` chooses the
 * place, so that many runs try all of them.
 */
export function oncePerField<T extends { readonly mutation: Mutation }>(
  mutants: readonly T[],
  schema: JsonSchemaProps,
  seed: number,
): readonly T[] {
  const alike = Map.groupBy(mutants, ({ mutation }) => {
    const place = isOfItsPlace(mutation) ? schemaPathOf(mutation.path) : fieldSchema(schema, mutation.path);
    return `${place} ${mutation.what}`;
  });
  return [...alike.values()].flatMap((same) => same.slice(seed % same.length).slice(0, 1));
}

/** The schema of a field without its words. */
function fieldSchema(root: JsonSchemaProps, path: Path): string {
  const field = path.reduce<Nested>(
    (schema, step) => ((typeof step === "number" ? schema.items : schema.properties?.[step]) ?? {}) as Nested,
    root as Nested,
  );
  return JSON.stringify(field, (key, value) => (key === "description" || key === "default" ? undefined : value));
}

/** Every path of a schema that a good object may hold, with `[]` for the items of a list. */
export function pathsOf(schema: JsonSchemaProps, path = ""): readonly string[] {
  const { properties, items } = schema as Nested;
  const own = Object.entries(properties ?? {}).flatMap(([name, field]) =>
    isRefusedField(field) ? [] : pathsOf(field, `${path}.${name}`),
  );
  return [path, ...own, ...(items === undefined ? [] : pathsOf(items, `${path}[]`))];
}

/** A copy of `object` with the mutation done to it. */
export function mutated<T>(object: T, { path, value }: Mutation): T {
  const copy = structuredClone(object);
  const last = path.at(-1);
  if (last === undefined) return structuredClone(value) as T;
  let parent = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = structuredClone(value);
  return copy;
}

interface Nested {
  readonly properties?: Readonly<Record<string, JsonSchemaProps>>;
  readonly items?: JsonSchemaProps;
}

type Edge = readonly [what: string, value: unknown];

function childrenOf(schema: JsonSchemaProps, value: unknown, path: Path): readonly Mutation[] {
  const { properties = {}, items } = schema as Nested;
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.flatMap((item, index) => mutationsOf(items, item, [...path, index]));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const known = properties[name];
    const at = [...path, name];
    return known === undefined
      ? []
      : [{ path: at, what: "be absent", value: undefined }, ...mutationsOf(known, field, at)];
  });
}

function edgesOf(schema: JsonSchemaProps, value: unknown): readonly Edge[] {
  if (schema["x-kubernetes-int-or-string"] === true) return [...integerEdges(schema), ...stringEdges(schema)];
  if (schema["type"] === "integer") return integerEdges(schema);
  if (schema["type"] === "string") return stringEdges(schema);
  if (Array.isArray(value)) return listEdges(schema, value);
  if (typeof value !== "object" || value === null) return [];
  return [
    ["have an unknown field", { ...value, unknownField: "x" }],
    ["have an unknown field that is null", { ...value, unknownField: null }],
    ["have only nulls", Object.fromEntries(Object.keys(value).map((name) => [name, null]))],
  ];
}

function integerEdges({ minimum, maximum }: JsonSchemaProps): readonly Edge[] {
  const edges = [Number(minimum) - 1, Number(minimum), Number(maximum), Number(maximum) + 1, 2 ** 53, 1e21];
  return edges.map((edge) => [`be ${edge}`, edge]);
}

function stringEdges({ minLength = 0, maxLength, enum: values }: JsonSchemaProps): readonly Edge[] {
  const lengths = [Number(minLength) - 1, Number(minLength), Number(maxLength), Number(maxLength) + 1];
  const sized = lengths
    .filter((length) => length >= 0)
    .flatMap((length) => ["a", "😀"].map((unit): Edge => [`be ${length} times ${unit}`, unit.repeat(length)]));
  const listed = ((values ?? []) as readonly unknown[]).map((option): Edge => [`be ${String(option)}`, option]);
  return [...sized, ...listed, ...ODD_TEXTS.map((odd): Edge => [`be ${JSON.stringify(odd)}`, odd])];
}

function listEdges(schema: JsonSchemaProps, value: readonly unknown[]): readonly Edge[] {
  const [first] = value;
  const max = Number(schema["maxItems"]);
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []) as readonly string[];
  const copies = (count: number): unknown[] =>
    Array.from({ length: count }, (_, index) => distinct(first, keys, schema, index));
  return [
    ["repeat its first item", [...value, first]],
    ["be reversed", value.toReversed()],
    ["hold null", [...value, null]],
    [`hold ${max} items`, copies(max)],
    [`hold ${max + 1} items`, copies(max + 1)],
    [`hold ${max} equal items`, Array.from({ length: max }, () => first)],
  ];
}

/** A copy of an item that its list's keys tell from the others, where texts may end in a letter. */
function distinct(item: unknown, keys: readonly string[], schema: JsonSchemaProps, index: number): unknown {
  const suffix = `${String.fromCharCode(97 + Math.floor(index / 26))}${String.fromCharCode(97 + (index % 26))}`;
  if (schema["x-kubernetes-list-type"] === "set" && typeof item === "string") return `${item}${suffix}`;
  if (keys.length === 0 || typeof item !== "object" || item === null) return item;
  const changed = Object.fromEntries(keys.map((key) => [key, `${(item as Record<string, string>)[key]}${suffix}`]));
  const port = (item as { port?: number }).port;
  return { ...item, ...changed, ...(typeof port === "number" ? { port: 1_000 + index } : {}) };
}
