/** Our kinds as JSON Schema, for editors. Pure. */

import type { CustomKind } from "./custom-resource-definition.ts";
import { isRefusedField, refusalOfField, schemaOf } from "./field-catalogue.ts";
import { API_VERSION } from "./group.ts";
import type { JsonSchemaProps } from "./to-crd.ts";

export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** Without what only the API server understands. An object takes no fields but those that it names. */
function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== "object" || schema === null) return schema;
  // An editor shows what to write instead.
  if (isRefusedField(schema as JsonSchemaProps))
    return { description: refusalOfField(schema as JsonSchemaProps), not: {} };
  const own = Object.entries(schema).filter(([key]) => !key.startsWith("x-kubernetes-") && key !== "nullable");
  const fields = Object.fromEntries(own.map(([key, value]) => [key, plain(value)]));
  const isClosed = fields["type"] === "object" && fields["properties"] !== undefined && !hasOwnRoom(fields);
  return isClosed ? { ...fields, additionalProperties: false } : fields;
}

const hasOwnRoom = (schema: Readonly<Record<string, unknown>>): boolean => schema["additionalProperties"] !== undefined;

/** A kind as editors check it. */
export function jsonSchemaOf(kind: CustomKind): object {
  const { properties, ...whole } = plain(schemaOf(kind)) as { readonly properties: Readonly<Record<string, unknown>> };
  return {
    ...whole,
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      ...properties,
      apiVersion: { const: API_VERSION },
      kind: { const: kind.resource.kind },
      metadata: { type: "object" },
    },
  };
}
