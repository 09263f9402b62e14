/**
 * The vocabulary the API is written in: zod schemas that carry what Kubernetes needs to know beside them.
 *
 * A rule is stated twice, in CEL or a keyword for the API server and in TypeScript for everything else, and a property
 * test sends the same objects to both. The two statements are tied together here, so that neither can be written alone.
 */
import { z } from "zod";
import { toRe2 } from "./re2.ts";

export type JsonSchemaProps = { readonly [keyword: string]: unknown };

export interface CelRule<T> {
  /** CEL over `self`, as it stands in `x-kubernetes-validations`. */
  readonly rule: string;
  /** What is wrong and what to write instead, in one line; names the field. */
  readonly message: string;
  /** The same judgement in TypeScript. */
  readonly holds: (value: T) => boolean;
}

export interface ListBounds {
  readonly max: number;
  readonly min?: number;
}

/** For each zod check made here, what says the same to the API server. */
const twins = new WeakMap<object, JsonSchemaProps>();

/** The keywords that say to the API server what `check` says to zod; undefined for a refinement made elsewhere. */
export const twinOf = (check: object): JsonSchemaProps | undefined => twins.get(check);

/** `schema` with one more check, and `keywords` as its face to the API server. */
function judged<S extends z.ZodType>(
  schema: S,
  keywords: JsonSchemaProps,
  check: (value: z.output<S>, refuse: (message: string) => void) => void,
): S {
  const refined = schema.superRefine((value, context) =>
    check(value, (message) => context.addIssue({ code: "custom", message })),
  );
  const added = refined._zod.def.checks?.at(-1);
  if (added !== undefined) twins.set(added, keywords);
  return refined;
}

/** Adds CEL rules to a schema; each is also a refinement, so that parsing judges as the server does. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly CelRule<z.output<S>>[]): S {
  const validations = rules.map(({ rule, message }) => ({ rule, message }));
  return judged(schema, { "x-kubernetes-validations": validations }, (value, refuse) => {
    for (const { holds, message } of rules) {
      if (!holds(value)) refuse(message);
    }
  });
}

/** A rule about a change, over `self` and `oldSelf`: only the API server knows what was there before. */
export interface TransitionRule {
  readonly rule: string;
  readonly message: string;
}

export const withTransitions = <S extends z.ZodType>(schema: S, ...rules: readonly TransitionRule[]): S =>
  judged(schema, { "x-kubernetes-validations": rules.map(({ rule, message }) => ({ rule, message })) }, () => {});

/** That the text matches `pattern`, with a message of its own where a bare `pattern` would only be quoted back. */
export function matches(pattern: string, message: string): CelRule<string> {
  const compiled = new RegExp(pattern);
  return { rule: `self.matches('${celLiteral(pattern)}')`, message, holds: (value) => compiled.test(value) };
}

/** That the text does not match `pattern`. */
export function matchesNot(pattern: string, message: string): CelRule<string> {
  const { rule, holds } = matches(pattern, message);
  return { rule: `!${rule}`, message, holds: (value) => !holds(value) };
}

/** A regex inside a CEL string: one that would need escaping there is refused. */
function celLiteral(pattern: string): string {
  const source = toRe2(new RegExp(pattern), "a CEL rule");
  if (/['\\]/.test(source))
    throw new Error(`the regex ${source} needs escaping in CEL: use [.] instead of a backslash`);
  return source;
}

/** Text of at most `max` characters. The API server counts code points; `.max` counts UTF-16 units, two for an emoji. */
export function text(max: number, min = 0) {
  const keywords = { maxLength: max, ...(min === 0 ? {} : { minLength: min }) };
  return judged(z.string(), keywords, (value, refuse) => {
    const length = codePoints(value);
    if (length > max) refuse(`must be at most ${max} characters long`);
    if (length < min) refuse(`must be at least ${min} characters long`);
  });
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

const PERCENT = /^(0|[1-9][0-9]?|100)%$/;

/** A whole number up to `max`, or a part of the whole in percent: what Kubernetes calls int-or-string. */
export const countOrPercent = (max: number) => z.union([z.int().min(0).max(max), text(4, 2).regex(PERCENT)]);

const DATE_TIME =
  /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z$/;

/**
 * An instant in UTC as `metav1.Time` and `metav1.MicroTime` write it (RFC 3339). It carries no `format: date-time`: with it, the API
 * server takes an empty list for the text.
 */
export const dateTime = () => text(27).regex(DATE_TIME);

/** JSON types that a field which is only refused may be written with. */
export type RefusedType = "object" | "list" | "texts" | "string" | "boolean" | "integer";

const refusals = new WeakMap<object, RefusedType>();

/** The type of a field made by {@link refused}; undefined for any other. */
export const refusedTypeOf = (schema: object): RefusedType | undefined => refusals.get(schema);

/**
 * A field that other APIs have and this one refuses, with a sentence. Without it nobody reads more than "unknown field", and a client that does
 * not ask for strict validation loses the field silently. Whatever is below an object or in a list is kept until the rule refuses it.
 */
export function refused(type: RefusedType, message: string) {
  const schema = withRules(z.unknown(), { rule: "false", message, holds: () => false }).meta({
    description: `Refused: ${message}.`,
  });
  refusals.set(schema, type);
  return schema.optional();
}

/** A list whose items are told apart by `keys`, so that server-side apply merges them item by item. */
export function listMap<S extends z.ZodType>(item: S, keys: readonly string[], bounds: ListBounds) {
  const keywords = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys };
  return judged(bounded(item, bounds), keywords, (items, refuse) => {
    const seen = items.map((entry) => JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key])));
    if (new Set(seen).size !== seen.length) refuse(`two items share the same ${keys.join(" and ")}: remove one`);
  });
}

/** A list of distinct scalars. */
export function listSet<S extends z.ZodType<string | number>>(item: S, bounds: ListBounds) {
  return judged(bounded(item, bounds), { "x-kubernetes-list-type": "set" }, (items, refuse) => {
    if (new Set(items).size !== items.length) refuse("an item is listed twice: remove one");
  });
}

/** A list that is replaced as a whole: its order carries meaning. */
export function listAtomic<S extends z.ZodType>(item: S, bounds: ListBounds) {
  return judged(bounded(item, bounds), { "x-kubernetes-list-type": "atomic" }, () => {});
}

const bounded = <S extends z.ZodType>(item: S, { min = 0, max }: ListBounds) => z.array(item).min(min).max(max);
