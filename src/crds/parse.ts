/** Parsing that judges as the API server does, and says what is wrong in words for the person who wrote it. */
import type { z } from "zod";
import { withoutNulls } from "./nulls.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Judges raw JSON. Each error opens with the path of its field; none repeats a value, which could be a secret. */
export function parseWith<S extends z.ZodType>(schema: S, raw: unknown): Parsed<z.output<S>> {
  const result = schema.safeParse(withoutNulls(raw, schema), { error: wordsFor });
  if (result.success) return { ok: true, value: result.data };
  return {
    ok: false,
    errors: result.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${formatIssuePath(path)}: ${message}`,
    ),
  };
}

/** `spec.ports[0].name`, as the API server writes it. */
const formatIssuePath = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`))
    .join("");

/** Words of our own where zod's speak of JavaScript; undefined leaves zod's. */
function wordsFor(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") return issue.input === undefined ? "is required" : `must be ${typeWord(issue)}`;
  if (issue.code === "invalid_union") return issue.input === undefined ? "is required" : intOrStringWord(issue.input);
  if (issue.code === "unrecognized_keys") return `unknown ${count("field", issue.keys)}: ${issue.keys.join(", ")}`;
  if (issue.code === "invalid_value") {
    if (issue.input === undefined) return "is required";
    return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  return boundWord(issue);
}

/** As the API server says the same. */
function boundWord(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "too_small") return `must be at least ${issue.minimum}${unitOf(issue)}`;
  if (issue.code === "too_big") return `must be at most ${issue.maximum}${unitOf(issue)}`;
  if (issue.code === "invalid_format" && issue.pattern !== undefined) return `must match ${issue.pattern}`;
  return undefined;
}

const unitOf = ({ origin }: { readonly origin?: unknown }): string => (origin === "array" ? " items" : "");

/** A number or a text: what the text may be is said in the description of the field. */
const intOrStringWord = (input: unknown): string =>
  typeof input === "number" && !Number.isInteger(input)
    ? 'must be a whole number or text: write it in quotes, as in "0.5"'
    : "must be a whole number within its bounds, or text in the form that the reference gives, such as 25% or 250m";

const WORDS: Readonly<Record<string, string>> = {
  string: "a string",
  array: "a list",
  object: "an object",
  boolean: "true or false",
  number: "a whole number",
  int: "a whole number",
};

const typeWord = ({ expected }: { readonly expected?: unknown }): string =>
  WORDS[String(expected)] ?? `of type ${String(expected)}`;

const count = (noun: string, items: readonly unknown[]): string => (items.length === 1 ? noun : `${noun}s`);
