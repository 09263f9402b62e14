/** The facts of a manifest: each leaf with its value. A text of several lines or many words is kept as a digest, by which it can be compared and not read. */
import { createHash } from "node:crypto";
import type { KubeObject } from "kopf-ts";
import { type Leaf, leavesOf, type Step } from "../../src/render/provenance.ts";

/** Of one object, by the JSON pointer of the leaf (RFC 6901). */
export type Facts = Readonly<Record<string, unknown>>;

/** By `Kind/name`, with the namespace before it where two are called so. */
export type FactsFile = Readonly<Record<string, Facts>>;

const LONGEST = 160;

/** What is kept of a value. */
export function kept(value: unknown): unknown {
  if (typeof value !== "string" || (value.length <= LONGEST && !value.includes("\n"))) return value ?? null;
  return `sha256:${createHash("sha256").update(value).digest("hex").slice(0, 16)}`;
}

export const pointerOf = (path: readonly Step[]): string =>
  path.map((step) => String(step).replaceAll("~", "~0").replaceAll("/", "~1")).join("/");

/** A number is an index: no field of a manifest is called so. */
export const stepsOf = (pointer: string): readonly Step[] =>
  pointer
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));

export const factsOf = (object: KubeObject): Facts =>
  Object.fromEntries(leavesOf(object).map(({ path, value }) => [pointerOf(path), kept(value)]));

/** The manifest that has these facts and no others. */
export function manifestOf(facts: Facts): KubeObject {
  const root: Record<string, unknown> = {};
  for (const [pointer, value] of Object.entries(facts)) put(root, { path: stepsOf(pointer), value });
  return root as unknown as KubeObject;
}

function put(root: Record<string, unknown>, { path, value }: Leaf): void {
  let inner: Record<Step, unknown> = root;
  for (const [index, step] of path.entries()) {
    const next = path[index + 1];
    inner[step] ??= next === undefined ? value : typeof next === "number" ? [] : {};
    inner = inner[step] as Record<Step, unknown>;
  }
}
