/** The fields of the kinds that the operator writes, out of the OpenAPI v3 documents of an API server. Pure. */
import type { Resource } from "kopf-ts";

/** One document for each group and version, as `/openapi/v3` serves them. */
export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

type Schemas = ReadonlyMap<string, Schema>;

/** The operator never compares these of an object itself; those of an object inside it, of a claim template say, it does. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["metadata", "status"]);

/** The text of `src/plan/kubernetes-fields.ts`. Throws for a resource that no document describes. */
export function renderKnownFields(
  documents: readonly OpenApiDocument[],
  resources: readonly Resource[],
  version: string,
): string {
  const schemas = new Map(documents.flatMap(({ components }) => Object.entries(components?.schemas ?? {})));
  const roots = resources.map((resource) => [resource.kind, rootOf(resource, schemas)] as const);
  const types = reachable(
    roots.map(([, name]) => name),
    schemas,
  );
  const kinds = roots.map(([kind, name]) => `  ${kind}: "${shortName(name)}",`);
  const fields = [...types].map(([name, text]) => entry(`"${shortName(name)}"`, `"${text}"`));
  return `${HEADER}
/** The API server that served them. */
export const KUBERNETES_VERSION = "${version}";

/** The type of an object of each kind. */
export const TYPE_OF_KIND: Readonly<Record<string, string>> = {
${kinds.sort().join("\n")}
};

/** The fields of each type, and after a colon the type of what is in them, or in the items of a list. */
export const FIELDS_OF_TYPE: Readonly<Record<string, string>> = {
${fields.sort().join("\n")}
};
`;
}

/** As the formatter breaks lines. */
function entry(key: string, value: string): string {
  const line = `  ${key}: ${value},`;
  return line.length <= 120 ? line : `  ${key}:\n    ${value},`;
}

const HEADER = `/**
 * The fields of the kinds that the operator writes. Generated from the API server's OpenAPI by \`make known-fields\`; do not edit.
 */
`;

function rootOf({ group, version, kind }: Resource, schemas: Schemas): string {
  for (const [name, schema] of schemas) {
    const served = schema["x-kubernetes-group-version-kind"] ?? [];
    if (served.some((one) => one.group === group && one.version === version && one.kind === kind)) return name;
  }
  throw new Error(`the API server serves no ${group}/${version} ${kind}`);
}

/** Every type that can be reached from `roots`, with its fields as text. */
function reachable(roots: readonly string[], schemas: Schemas): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  const todo = [...roots];
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    const properties = schemas.get(name)?.properties;
    if (types.has(name) || properties === undefined) continue;
    const skipped = roots.includes(name) ? NOT_COMPARED : new Set();
    const fields = Object.keys(properties)
      .filter((field) => !skipped.has(field))
      .sort()
      .map((field) => ({ field, type: typeIn(properties[field], schemas) }));
    types.set(
      name,
      fields.map(({ field, type }) => (type === undefined ? field : `${field}:${shortName(type)}`)).join(" "),
    );
    todo.push(...fields.flatMap(({ type }) => type ?? []));
  }
  return types;
}

/** The type that a field holds, itself or as items of a list; undefined for a scalar, and for a map, whose keys are no fields. */
function typeIn(schema: Schema | undefined, schemas: Schemas): string | undefined {
  const reference = schema?.$ref ?? schema?.allOf?.[0]?.$ref;
  if (reference === undefined) return schema?.items === undefined ? undefined : typeIn(schema.items, schemas);
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return schemas.get(name)?.properties === undefined ? undefined : name;
}

const shortName = (name: string): string => name.replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis)\./, "");
