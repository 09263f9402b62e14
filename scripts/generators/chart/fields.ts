/** The values as they are written down: each with its description and what it is unless set. */
import { z } from "zod";
import { valuesSchema } from "./values-schema.ts";

/** As much of JSON Schema as zod makes of the values. */
export interface ValueSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly ValueSchema[];
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly required?: readonly string[];
}

export interface Field {
  readonly name: string;
  /** From the top, `image.tag`. */
  readonly path: string;
  readonly schema: ValueSchema;
  /** Undefined for a value that is absent unless set. */
  readonly fallback: unknown;
  /** Empty for whatever is set as a whole. */
  readonly fields: readonly Field[];
}

const WHOLE_SCHEMA = z.toJSONSchema(valuesSchema, { target: "draft-7", io: "input" }) as ValueSchema;

/** For Helm, which judges the values after the chart's own are filled in. */
export const valuesJsonSchema = (): object => ({ title: "Values of the chart palisade", ...needing(WHOLE_SCHEMA) });

/** A section that somebody takes out with `null` is refused by its name: templates look into it. */
function needing({ properties, ...schema }: ValueSchema): ValueSchema {
  if (properties === undefined) return schema;
  const fields = Object.entries(properties);
  const sections = fields.filter(([, field]) => field.properties !== undefined && field.default !== undefined);
  const required = [...new Set([...(schema.required ?? []), ...sections.map(([name]) => name)])];
  return {
    ...schema,
    properties: Object.fromEntries(fields.map(([name, field]) => [name, needing(field)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

export function valueFields(): readonly Field[] {
  return fieldsOf(WHOLE_SCHEMA, valuesSchema.parse({}) as Readonly<Record<string, unknown>>, "");
}

function fieldsOf({ properties = {} }: ValueSchema, values: unknown, above: string): readonly Field[] {
  return Object.entries(properties).map(([name, schema]) => {
    const path = `${above}${name}`;
    const fallback = (values as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (schema.description === undefined && !isPlainAmount(path))
      throw new Error(`the value ${path} has no description`);
    return { name, path, schema, fallback, fields: isOpen(fallback) ? [] : fieldsOf(schema, fallback, `${path}.`) };
  });
}

/** An empty object is shown as one: its fields are Kubernetes' own. */
const isOpen = (fallback: unknown): boolean => typeof fallback !== "object" || Object.keys(fallback ?? {}).length === 0;

/** What says all about itself: `resources.limits.cpu`. */
const isPlainAmount = (path: string): boolean => /[rR]esources\.(requests|limits)\./.test(path);
