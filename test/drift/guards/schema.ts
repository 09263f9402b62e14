/** Every path of a kind, out of the OpenAPI documents of an API server. Pure. */

export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-group-version-kind"?: readonly GroupVersionKind[];
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** One document for each group and version, as `/openapi/v3` serves them. */
export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export type Schemas = ReadonlyMap<string, Schema>;

/** A schema behind its references, and the type it is named by; schemas of custom resources have no names. */
export interface Type {
  readonly name: string;
  readonly schema: Schema;
}

/** `[]` is an item of a list, `{}` a value of a map, `{key}` that of one key; anything else is a field. */
export type Step = string;

export interface Path {
  readonly steps: readonly Step[];
  /** Of what is at each step, the object itself first. */
  readonly types: readonly Type[];
}

export const ITEM = "[]";
export const VALUE = "{}";
export const isKey = (step: Step): boolean => step.startsWith("{");

/** As people write it: `spec.template.spec.containers[].image`. */
export const textOf = (steps: readonly Step[]): string =>
  steps.map((step, at) => (step === ITEM || isKey(step) || at === 0 ? step : `.${step}`)).join("");

export const schemasOf = (documents: readonly OpenApiDocument[]): Schemas =>
  new Map(documents.flatMap(({ components }) => Object.entries(components?.schemas ?? {})));

export function typeOf(schema: Schema, schemas: Schemas): Type {
  let [name, found] = ["", schema];
  for (let next = referenceOf(found); next !== undefined; next = referenceOf(found)) {
    name = next;
    found = schemas.get(next) ?? {};
  }
  return { name, schema: found };
}

function referenceOf({ $ref, allOf }: Schema): string | undefined {
  const ref = $ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined);
  return ref?.split("/").at(-1);
}

/** The type of a kind in one version; throws where no document describes it. */
export function rootOf({ group, version, kind }: GroupVersionKind, schemas: Schemas): Type {
  for (const [name, schema] of schemas) {
    const is = schema["x-kubernetes-group-version-kind"]?.some(
      (one) => one.group === group && one.version === version && one.kind === kind,
    );
    if (is === true) return { name, schema };
  }
  throw new Error(`no document describes ${kind} of ${group}/${version}`);
}

/** The part of a schema behind one step; undefined where there is none. */
export function behind({ schema }: Type, step: Step, schemas: Schemas): Type | undefined {
  const next = step === ITEM ? schema.items : isKey(step) ? valueSchemaOf(schema) : schema.properties?.[step];
  return next === undefined ? undefined : typeOf(next, schemas);
}

const valueSchemaOf = ({ additionalProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === "object" ? additionalProperties : undefined;

/** Every path of it, each before those inside it. A type inside itself is not entered again. */
export function pathsOf(root: Type, schemas: Schemas): readonly Path[] {
  const enter = (steps: readonly Step[], types: readonly Type[]): readonly Path[] => {
    const type = types.at(-1) ?? root;
    const here = steps.length === 0 ? [] : [{ steps, types }];
    if (type.name !== "" && types.slice(0, -1).some(({ name }) => name === type.name)) return here;
    return [
      ...here,
      ...stepsOf(type.schema).flatMap((step) => {
        const next = behind(type, step, schemas);
        return next === undefined ? [] : enter([...steps, step], [...types, next]);
      }),
    ];
  };
  return enter([], [root]);
}

function stepsOf(schema: Schema): readonly Step[] {
  if (schema.items !== undefined) return [ITEM];
  if (valueSchemaOf(schema) !== undefined) return [VALUE];
  return Object.keys(schema.properties ?? {});
}
