/** What becomes of each leaf of every input object: nothing is lost without a line that says so. */

import type { Manifest, Step } from "../manifests/parse.ts";
import { formatPath } from "../plan/diff.ts";

/**
 * - `kept`: a field of the SecureWorkload says it, or the object is applied as it is.
 * - `fixed`: a rule of the baseline decides it for every workload.
 * - `replaced`: something else of Palisade's does the same.
 * - `dropped`: it is gone, for a reason.
 * - `unclaimed`: nobody here understands it.
 */
export type Verdict = "kept" | "fixed" | "replaced" | "dropped" | "unclaimed";

export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface LedgerEntry extends Place {
  /** `Deployment/web`. */
  readonly object: string;
  readonly path: string;
  readonly verdict: Verdict;
  /** The field, the rule, what replaces it, or the reason. */
  readonly note: string;
}

interface Claim {
  readonly verdict: Verdict;
  readonly note: string;
}

const keyOf = (path: readonly Step[]): string => JSON.stringify(path);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A part of an input object: its value, its place, and the way to claim it. A part that is not there has the value undefined. */
export class Part {
  readonly value: unknown;
  readonly path: readonly Step[];
  readonly #sheet: Sheet;

  constructor(sheet: Sheet, path: readonly Step[], value: unknown) {
    this.#sheet = sheet;
    this.path = path;
    this.value = value;
  }

  at(...steps: readonly Step[]): Part {
    const value = steps.reduce<unknown>(
      (inner, step) =>
        typeof inner === "object" && inner !== null ? (inner as Readonly<Record<Step, unknown>>)[step] : undefined,
      this.value,
    );
    return new Part(this.#sheet, [...this.path, ...steps], value);
  }

  /** Items of a list; none of anything else. */
  items(): readonly Part[] {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.at(index)) : [];
  }

  /** Fields of an object; none of anything else. */
  fields(): readonly (readonly [string, Part])[] {
    return isRecord(this.value) ? Object.keys(this.value).map((name) => [name, this.at(name)] as const) : [];
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  text(): string | undefined {
    return ["string", "number", "boolean"].includes(typeof this.value) ? String(this.value) : undefined;
  }

  number(): number | undefined {
    const number = typeof this.value === "string" && /^\d+$/.test(this.value) ? Number(this.value) : this.value;
    return typeof number === "number" ? number : undefined;
  }

  texts(): readonly string[] | undefined {
    return Array.isArray(this.value) ? this.value.map(String) : undefined;
  }

  labels(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.fields().map(([name, part]) => [name, part.text() ?? ""]));
  }

  /** As the ledger writes it: `Deployment/web spec.replicas`. */
  get place(): Place {
    return this.#sheet.placeOf(this.path);
  }

  keep(field: string): this {
    return this.#claim("kept", field);
  }
  fix(rule: string): this {
    return this.#claim("fixed", rule);
  }
  replace(by: string): this {
    return this.#claim("replaced", by);
  }
  drop(reason: string): this {
    return this.#claim("dropped", reason);
  }

  /** Whatever of it is claimed already stays as it was claimed. */
  #claim(verdict: Verdict, note: string): this {
    for (const path of leavesBelow(this.value, this.path)) this.#sheet.claim(path, { verdict, note });
    return this;
  }
}

/** Scalars, and empty lists and objects; nothing of what is not there. */
function leavesBelow(value: unknown, path: readonly Step[]): readonly (readonly Step[])[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((item, index) => leavesBelow(item, [...path, index]));
  if (isRecord(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([name, field]) => leavesBelow(field, [...path, name]));
  return [path];
}

/** An input object, by the name that the ledger gives it. */
interface Named {
  readonly name: string;
  readonly value: unknown;
  readonly file: string;
  readonly lineOf: (path: readonly Step[]) => number;
}

/** The claims on one input object. */
class Sheet {
  readonly #document: Named;
  readonly #claims = new Map<string, Claim>();

  constructor(document: Named) {
    this.#document = document;
  }

  placeOf(path: readonly Step[]): Place {
    return { file: this.#document.file, line: this.#document.lineOf(path) };
  }

  claim(path: readonly Step[], claim: Claim): void {
    const key = keyOf(path);
    if (!this.#claims.has(key)) this.#claims.set(key, claim);
  }

  entries(): readonly LedgerEntry[] {
    const { name, value } = this.#document;
    return leavesBelow(value, []).map((path) => ({
      ...this.placeOf(path),
      object: name,
      path: formatPath(path.map((step) => (typeof step === "number" ? `[${step}]` : step))),
      ...(this.#claims.get(keyOf(path)) ?? { verdict: "unclaimed", note: "convert does not know this field" }),
    }));
  }
}

export class Ledger {
  readonly #sheets: Sheet[] = [];

  open({ object, file, lineOf }: Manifest): Part {
    return this.openDocument({ name: `${object.kind}/${object.metadata.name}`, value: object, file, lineOf });
  }

  openDocument(document: Named): Part {
    const sheet = new Sheet(document);
    this.#sheets.push(sheet);
    return new Part(sheet, [], document.value);
  }

  entries(): readonly LedgerEntry[] {
    return this.#sheets.flatMap((sheet) => sheet.entries());
  }
}

export const sayPlace = ({ file, line }: Place): string => `${file}:${line}`;
