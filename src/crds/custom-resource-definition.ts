/** A CustomResourceDefinition, as the API server takes it, from a kind and its zod schema. */
import type { Resource } from "kopf-ts";
import type { z } from "zod";
import { checksOf } from "./checks.ts";
import { type JsonSchemaProps, toStructuralSchema } from "./to-crd.ts";

export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

/** One kind of the API. Its columns, short name, category and subresources are part of the contract with users. */
export interface CustomKind {
  readonly resource: Resource;
  readonly shortName: string;
  readonly schema: z.ZodType & { readonly shape: { readonly spec: z.ZodType; readonly status: z.ZodType } };
  readonly columns: readonly PrinterColumn[];
  /** Beside the status, which every kind has. */
  readonly subresources?: Readonly<Record<string, unknown>>;
}

export const crdNameOf = ({ plural, group }: Resource): string => `${plural}.${group}`;

export function buildCrd({
  resource,
  shortName,
  schema,
  columns,
  subresources,
}: CustomKind): Readonly<Record<string, unknown>> {
  const { group, version, kind, plural, namespaced } = resource;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: crdNameOf(resource) },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ["palisade"],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(schema) },
          additionalPrinterColumns: columns,
          subresources: { status: {}, ...subresources },
        },
      ],
    },
  };
}

function rootSchema(schema: CustomKind["schema"]): JsonSchemaProps {
  return {
    description: schema.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      // The API server judges and prunes metadata by itself; a schema of its own may only narrow the name, as the rules do.
      metadata: { type: "object" },
      spec: toStructuralSchema(schema.shape.spec, "spec"),
      status: {
        ...toStructuralSchema(schema.shape.status, "status"),
        // What nobody has looked at yet must not count as ready: kstatus compares this with the generation.
        default: { observedGeneration: -1 },
      },
    },
    ...checksOf(schema, "").keywords,
  };
}
