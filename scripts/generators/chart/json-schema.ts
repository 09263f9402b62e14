/** `values.schema.json`, by which Helm judges values after the chart's own are filled in. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { GeneratedFile } from "../generated-file.ts";
import { valuesSchema } from "./values-schema.ts";

/** As much of JSON Schema as zod makes of the values. */
export interface ValueSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly anyOf?: readonly ValueSchema[];
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
}

const VALUES = join(import.meta.dirname, "../../../charts/palisade/values.yaml");

export const valuesJsonSchema = (): ValueSchema => {
  const schema = z.toJSONSchema(valuesSchema, { target: "draft-7", io: "input" }) as ValueSchema;
  return described(needing(schema), commentsIn(readFileSync(VALUES, "utf8")));
};

/**
 * The comment above each key, by the key's path. A value that is absent unless set stands in a comment itself, as
 * `# minAvailable:`.
 */
export function commentsIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const path: string[] = [];
  let comment: string[] = [];
  for (const line of text.split("\n")) {
    const [, indent = "", key] = /^( *)(?:# (?=\w+:$))?([\w-]+):/.exec(line) ?? [];
    if (key === undefined) comment = line.trim().startsWith("# ") ? [...comment, line.trim().slice(2)] : [];
    else {
      path.splice(indent.length / 2, Infinity, key);
      found.set(path.join("."), comment.join(" "));
      comment = [];
    }
  }
  return found;
}

/** What a value means is said in values.yaml; of the operator's configuration, in its own schema. */
function described(schema: ValueSchema, comments: ReadonlyMap<string, string>, path = ""): ValueSchema {
  const description = schema.description ?? comments.get(path);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, described(field, comments, path === "" ? name : `${path}.${name}`)] as const,
  );
  return {
    ...(description ? { description } : {}),
    ...schema,
    ...(fields.length === 0 ? {} : { properties: Object.fromEntries(fields) }),
  };
}

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

export const valuesSchemaFile: GeneratedFile = {
  path: "charts/palisade/values.schema.json",
  render: () => `${JSON.stringify({ title: "Values of the chart palisade", ...valuesJsonSchema() }, null, 2)}\n`,
};
