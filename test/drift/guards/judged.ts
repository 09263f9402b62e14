/** What others may write, and what nobody can be made to try, each with its reason: `judged.yaml`. Pure but for reading it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const FILE = join(import.meta.dirname, "judged.yaml");

const entry = z.strictObject({
  /** `Kind` or `Kind/subresource`; `*` for all. */
  on: z.array(z.string()).min(1),
  /** `*` is any one field or key, `**` whatever follows. */
  paths: z.array(z.string()).min(1),
  /** Everybody unless set. */
  by: z.array(z.string()).min(1).optional(),
  reason: z.string().min(20),
});

export type Entry = z.infer<typeof entry>;

const file = z.strictObject({
  /** Accepted from others. */
  allowed: z.array(entry),
  /** Accepted too, and ought not to be: what is known to be missing, and what it lets others do. */
  open: z.array(entry),
  /** No value was found that Kubernetes takes: it judges values before it asks policies. */
  untried: z.array(entry),
  /** Of resources, in place of kinds, and verbs, in place of paths: why it does no harm that neither a policy nor RBAC stands before them. */
  verbs: z.array(entry),
  /** Where admission and detectors differ about an object of others: `STATE.refused.unseen` and the like, in place of paths. */
  twins: z.array(entry),
});

export type Judged = z.infer<typeof file>;

export const judged = (): Judged => file.parse(parse(readFileSync(FILE, "utf8")));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Of a pattern with `*` for one step and `**` for any number of them. */
const expressionOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split(/(\*\*|\*)/)
      .map((part) => (part === "**" ? ".*" : part === "*" ? "[^.[{]*" : escaped(part)))
      .join("")}$`,
  );

const expressions = new Map<string, RegExp>();

function isLike(text: string, pattern: string): boolean {
  const expression = expressions.get(pattern) ?? expressionOf(pattern);
  expressions.set(pattern, expression);
  return expression.test(text);
}

export interface Question {
  /** `Kind` or `Kind/subresource`. */
  readonly on: string;
  readonly path: string;
  readonly user: string;
}

export const entryFor = (entries: readonly Entry[], { on, path, user }: Question): Entry | undefined =>
  entries.find(
    (one) =>
      one.on.some((pattern) => isLike(on, pattern)) &&
      (one.by === undefined || one.by.includes(user)) &&
      one.paths.some((pattern) => isLike(path, pattern)),
  );
