/**
 * The vocabulary the API is written in: zod schemas that carry what Kubernetes needs to know beside them.
 *
 * A rule is stated twice, in CEL for the API server and in TypeScript for everything else, and a property test
 * sends the same objects to both.
 */
import { z } from "zod";

export interface CelRule<T> {
  /** CEL over `self`, as it stands in `x-kubernetes-validations`. */
  readonly rule: string;
  /** What is wrong and what to write instead; names the field. */
  readonly message: string;
  /** The same judgement in TypeScript. */
  readonly holds: (value: T) => boolean;
}

/** What a schema says about itself for the CRD, under keys as they stand in `JSONSchemaProps`. */
export interface KubernetesMeta {
  readonly description?: string;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
  readonly "x-kubernetes-list-type"?: "map" | "set" | "atomic";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly format?: string;
}

/** Adds CEL rules to a schema; each is also a refinement, so that parsing judges as the server does. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly CelRule<z.output<S>>[]): S {
  const refined = schema.superRefine((value, context) => {
    for (const { holds, message } of rules) {
      if (!holds(value)) context.addIssue({ code: "custom", message });
    }
  });
  const known = schema.meta() ?? {};
  const validations = rules.map(({ rule, message }) => ({ rule, message }));
  return refined.meta({
    ...known,
    "x-kubernetes-validations": [
      ...((known["x-kubernetes-validations"] as typeof validations | undefined) ?? []),
      ...validations,
    ],
  }) as S;
}

/** A list whose items are told apart by `keys`, so that server-side apply merges them item by item. */
export function listMap<S extends z.ZodType>(
  item: S,
  keys: readonly string[],
  bounds: { readonly max: number; readonly min?: number },
) {
  const unique = (items: readonly z.output<S>[]): boolean => {
    const seen = items.map((entry) => JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key])));
    return new Set(seen).size === seen.length;
  };
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .refine(unique, { message: `two items share the same ${keys.join(" and ")}` })
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });
}

/** A list of distinct scalars. */
export function listSet<S extends z.ZodType<string | number>>(
  item: S,
  bounds: { readonly max: number; readonly min?: number },
) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .refine((items) => new Set(items).size === items.length, { message: "an item stands twice" })
    .meta({ "x-kubernetes-list-type": "set" });
}

/** A list that is replaced as a whole: its order carries meaning. */
export function listAtomic<S extends z.ZodType>(item: S, bounds: { readonly max: number; readonly min?: number }) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .meta({ "x-kubernetes-list-type": "atomic" });
}
