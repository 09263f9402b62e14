/**
 * What became of each fact of the manifests that an example was written after. A fact is kept where what Palisade makes says the same; what a rule of
 * the baseline decides, what something else of Palisade's replaces and what no field says is told in the words of `palisade convert`; whatever is left
 * needs a sentence of its own.
 */
import type { KubeObject } from "kopf-ts";
import { convert } from "../../src/convert/convert.ts";
import type { LedgerEntry } from "../../src/convert/ledger.ts";
import { formatPath } from "../../src/plan/diff.ts";
import { leavesOf, type Step } from "../../src/render/provenance.ts";
import { at, counterpartAt, counterpartOf, isController, isSame, isSameImage } from "./counterpart.ts";
import { type FactsFile, manifestOf, stepsOf } from "./facts.ts";
import type { Rendering } from "./rendered.ts";
import { decideVolume } from "./volumes.ts";

export type Verdict = "kept" | "fixed" | "replaced" | "dropped" | "told" | "undecided";

export interface Decided {
  readonly object: string;
  readonly pointer: string;
  readonly value: unknown;
  readonly verdict: Verdict;
  /** Why it is not kept, or where it is said. */
  readonly note: string;
}

/** A sentence for facts that nothing else decides. */
export interface Told {
  /** Of objects by `Kind/name`, a star for any kind or name. */
  readonly object: string;
  /** The JSON pointer of the leaf, or of what it is in; a star for one step. */
  readonly at: string;
  readonly why: string;
}

const REGISTRY = "images stand for a registry of your own";

/** Every fact with its verdict, in the order of the facts. */
export function compare(facts: FactsFile, rendering: Rendering, told: readonly Told[]): readonly Decided[] {
  const originals = Object.entries(facts).map(([name, leaves]) => ({ name, object: manifestOf(leaves), leaves }));
  const ledger = ledgerOf(originals.map(({ object }) => object));
  const ports = portsNamed(originals.map(({ object }) => object));
  return originals.flatMap(({ name, object, leaves }) =>
    Object.entries(leaves).map(([pointer, value]): Decided => {
      const path = stepsOf(pointer);
      const entry = ledger.get(`${name} ${pathText(path)}`);
      const fact = { object: name, pointer, value };
      return { ...fact, ...(decide({ object, path, value, entry, ports }, rendering) ?? tellOf(fact, told)) };
    }),
  );
}

const pathText = (path: readonly Step[]): string =>
  formatPath(path.map((step) => (typeof step === "number" ? `[${step}]` : step)));

function ledgerOf(objects: readonly KubeObject[]): ReadonlyMap<string, LedgerEntry> {
  const manifests = objects.map((object) => ({ object, file: "original", lineOf: () => 1 }));
  const { ledger } = convert({ manifests, unread: [] }, "default");
  return new Map(ledger.map((entry) => [`${entry.object} ${entry.path}`, entry]));
}

interface Fact {
  readonly object: KubeObject;
  readonly path: readonly Step[];
  readonly value: unknown;
  readonly entry: LedgerEntry | undefined;
  /** By name, of everything that the originals run. */
  readonly ports: ReadonlyMap<string, unknown>;
}

type Decision = Pick<Decided, "verdict" | "note">;

function decide(fact: Fact, rendering: Rendering): Decision | undefined {
  const { object, path, value, entry } = fact;
  const made = counterpartOf(object, [...rendering.children, ...rendering.beside]);
  const there = made === undefined ? undefined : counterpartAt(object, made, path);
  if (isSame(value, there)) return { verdict: "kept", note: "" };
  if (path.at(-1) === "image" && isSameImage(value, there)) return { verdict: "replaced", note: REGISTRY };
  const volume = made === undefined ? undefined : decideVolume(object, made, path);
  if (volume !== undefined) return volume;
  if (entry === undefined || entry.verdict === "unclaimed") return undefined;
  // What only Palisade's own object of that name can say is said nowhere where there is none.
  if (made === undefined && needsCounterpart(object)) return undefined;
  if (entry.verdict !== "kept") return { verdict: entry.verdict, note: entry.note };
  return isSaid(fact, entry, there, rendering) ? { verdict: "kept", note: entry.note } : undefined;
}

const needsCounterpart = (object: KubeObject): boolean => object.kind === "Service" || isController(object);

/** Said in another form: a port by its number instead of its name, nothing as nothing, or a field of the spec that is made into something else. */
function isSaid(
  { object, path, value, ports }: Fact,
  { note }: LedgerEntry,
  there: unknown,
  { workloads }: Rendering,
): boolean {
  if (note.startsWith("nothing") && isEmpty(value)) return true;
  if (typeof value === "string" && PORTS.has(String(path.at(-1))) && ports.get(value) === there)
    return there !== undefined;
  const own = workloads.filter(({ metadata }) => !isController(object) || metadata.name === object.metadata.name);
  return own.some((workload) => {
    const said = note.split(".").reduce<unknown>((inner, step) => at(inner, step), workload["spec"]);
    return (
      said !== undefined &&
      (isSame(said, value) || (value === "true" && typeof said === "object") || isSame(String(said), value))
    );
  });
}

const PORTS: ReadonlySet<string> = new Set(["port", "targetPort"]);
const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** The ports of all containers by their names. */
const portsNamed = (objects: readonly KubeObject[]): ReadonlyMap<string, unknown> =>
  new Map(
    objects.flatMap((object) =>
      leavesOf(object).flatMap(({ path, value }) => {
        if (path.at(-1) !== "containerPort") return [];
        const port = path.slice(0, -1).reduce<unknown>((inner, step) => at(inner, step), object);
        return [[String(at(port, "name") ?? ""), value] as const];
      }),
    ),
  );

function tellOf({ object, pointer }: Pick<Decided, "object" | "pointer">, told: readonly Told[]): Decision {
  const one = told.find((candidate) => isAbout(candidate, object, pointer));
  return one === undefined ? { verdict: "undecided", note: "" } : { verdict: "told", note: one.why };
}

/** Whether a sentence is about a fact. */
export const isAbout = (told: Told, object: string, pointer: string): boolean =>
  matches(told.object.split("/"), object.split("/"), true) && matches(told.at.split("/"), pointer.split("/"), false);

const matches = (pattern: readonly string[], steps: readonly string[], isWhole: boolean): boolean =>
  (!isWhole || pattern.length === steps.length) &&
  pattern.length <= steps.length &&
  pattern.every((step, index) => step === "*" || step === steps[index]);
