/** On the page of each example: what became of the manifests that it was written after. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Decided, Verdict } from "../examples/compare.ts";
import { decisionsOf } from "../examples/decisions.ts";
import { ORIGINALS, type Original } from "../examples/originals.ts";
import { ROOT } from "../examples/rendered.ts";
import { type GeneratedFile, MARK } from "./generated-file.ts";

const BEGIN = `<!-- ${MARK}: what became of the original -->`;
const END = "<!-- end of what is generated -->";

const WORDS: Readonly<Partial<Record<Verdict, string>>> = {
  told: "different",
  dropped: "not carried over",
  replaced: "replaced",
  fixed: "fixed by the baseline",
};

/** How many places are named; more are counted. */
const NAMED = 2;

export const exampleFiles: readonly GeneratedFile[] = [...new Set(ORIGINALS.map(({ page }) => page))].map((page) => ({
  path: `examples/${page}`,
  render: () => withSections(page),
}));

function withSections(page: string): string {
  const file = join(ROOT, "examples", page);
  const written = existsSync(file) ? (readFileSync(file, "utf8").split(BEGIN)[0] ?? "").trimEnd() : "";
  const originals = ORIGINALS.filter((original) => original.page === page);
  const sections = originals.flatMap((original) => sectionOf(original, originals.length > 1));
  return `${[written, BEGIN, "## What became of the original", ...sections, END].join("\n\n")}\n`;
}

function sectionOf(original: Original, isOneOfSeveral: boolean): readonly string[] {
  const { decided } = decisionsOf(original);
  const count = (verdict: Verdict): number => decided.filter((one) => one.verdict === verdict).length;
  const which = isOneOfSeveral ? `the original of \`${original.folder.split("/").at(-1)}\`` : "the original manifests";
  const sentence = `Of ${decided.length} values in ${which}, ${count("kept")} are as they were.`;
  return [
    sentence,
    aligned(
      ["value", "why", "where"],
      Object.keys(WORDS).flatMap((verdict) => rowsOf(verdict as Verdict, decided)),
    ),
  ];
}

/** As the formatter aligns what people write on the same page. */
function aligned(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(headings), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function rowsOf(verdict: Verdict, decided: readonly Decided[]): readonly (readonly string[])[] {
  const own = decided.filter((one) => one.verdict === verdict);
  const notes = [...new Set(own.map(({ note }) => note))].sort();
  return notes.map((note) => [WORDS[verdict] ?? "", note, placesOf(own.filter((one) => one.note === note))]);
}

/** By their last names, each once. */
function placesOf(decided: readonly Decided[]): string {
  const places = [...new Set(decided.map(({ object, pointer }) => `${object} \`${pointer}\``))];
  const more = places.length > NAMED ? ` and ${places.length - NAMED} more` : "";
  return `${places.slice(0, NAMED).join(", ")}${more}`;
}
