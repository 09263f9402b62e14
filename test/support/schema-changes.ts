/** What a definition takes less of than an earlier one did: fields that are gone, and bounds and rules that are tighter. Pure. */
import type { JsonSchemaProps } from "../../src/crds/to-crd.ts";

interface Definition {
  readonly spec: {
    readonly scope: string;
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: JsonSchemaProps };
    }[];
  };
}

/** One sentence for each, which begins with the path. Whatever was stored under `old` fits `now` where there is none. */
export function tightened(old: Definition, now: Definition): readonly string[] {
  const found = old.spec.scope === now.spec.scope ? [] : ["scope: changed"];
  const changes = old.spec.versions.flatMap(({ name, schema }) => {
    const current = now.spec.versions.find((version) => version.name === name && version.served);
    if (current === undefined) return [`${name}: is not served any more`];
    return schemaChanges("", schema.openAPIV3Schema, current.schema.openAPIV3Schema);
  });
  return [...found, ...changes];
}

const UPPER = ["maxLength", "maxItems", "maximum", "maxProperties"];
const LOWER = ["minLength", "minItems", "minimum", "minProperties"];
const SAME = ["type", "pattern", "format", "x-kubernetes-list-type", "x-kubernetes-int-or-string"];

/** What an int-or-string says of the one type that was there before. */
function ofBefore(old: JsonSchemaProps, now: JsonSchemaProps): JsonSchemaProps {
  const [both, type] = ["x-kubernetes-int-or-string", String(old["type"])];
  if (now[both] !== true || old[both] === true || !["string", "integer"].includes(type)) return now;
  const other = type === "string" ? ["minimum", "maximum", "format"] : ["minLength", "maxLength", "pattern"];
  return Object.fromEntries(Object.entries(now).filter(([key]) => key !== both && !other.includes(key)));
}

function schemaChanges(path: string, old: JsonSchemaProps, latest: JsonSchemaProps): readonly string[] {
  const now = ofBefore(old, latest);
  const at = path === "" ? "the object" : path;
  const number = (schema: JsonSchemaProps, key: string, none: number): number => (schema[key] as number) ?? none;
  return [
    ...UPPER.filter((key) => number(now, key, Infinity) < number(old, key, Infinity)).map(
      (key) => `${at}: ${key} is lower`,
    ),
    ...LOWER.filter((key) => number(now, key, -Infinity) > number(old, key, -Infinity)).map(
      (key) => `${at}: ${key} is higher`,
    ),
    ...SAME.filter((key) => now[key] !== undefined && now[key] !== old[key]).map((key) => `${at}: ${key} is another`),
    ...lost(old["enum"], now["enum"]).map((value) => `${at}: ${value} is no value of it any more`),
    ...lost(now["required"], old["required"] ?? []).map((field) => `${at}: needs ${field} now`),
    ...lost(rulesOf(now), rulesOf(old)).map((rule) => `${at}: has the rule ${rule} now`),
    ...propertyChanges(path, old, now),
  ];
}

function propertyChanges(path: string, old: JsonSchemaProps, now: JsonSchemaProps): readonly string[] {
  const step = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const before = (old["properties"] ?? {}) as Readonly<Record<string, JsonSchemaProps>>;
  const after = (now["properties"] ?? {}) as Readonly<Record<string, JsonSchemaProps>>;
  const ofFields = Object.entries(before).flatMap(([name, schema]) => {
    const current = after[name];
    return current === undefined ? [`${step(name)}: is gone`] : schemaChanges(step(name), schema, current);
  });
  const [item, currentItem] = [old["items"], now["items"]] as (JsonSchemaProps | undefined)[];
  return item === undefined || currentItem === undefined
    ? ofFields
    : [...ofFields, ...schemaChanges(`${path}[]`, item, currentItem)];
}

const rulesOf = (schema: JsonSchemaProps): readonly string[] =>
  ((schema["x-kubernetes-validations"] ?? []) as readonly { readonly rule: string }[]).map(({ rule }) => rule);

/** What is in the first list and not in the second; nothing where there is no second list, which takes everything. */
const lost = (before: unknown, now: unknown): readonly string[] =>
  Array.isArray(before) && Array.isArray(now) ? before.filter((value) => !now.includes(value)).map(String) : [];
