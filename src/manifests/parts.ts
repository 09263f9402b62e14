/** A long file in parts: each document by itself, and each object of a List that kubectl printed, so that nobody has to hold all of them. Pure. */
import { type Parsed, parseManifest } from "./parse.ts";

interface Part {
  readonly text: string;
  /** How many lines of the file stand before it. */
  readonly before: number;
}

/** What {@link parseManifest} finds, a part at a time, in the order of the file. */
export function* parsedParts(file: string, text: string): Iterable<Parsed> {
  for (const part of partsOf(text)) yield placed(parseManifest(file, part.text), part.before);
}

function placed(parsed: Parsed, before: number): Parsed {
  if (before === 0) return parsed;
  const moved = <T extends Parsed["manifests" | "foreign"][number]>(one: T): T => ({
    ...one,
    lineOf: (path: Parameters<T["lineOf"]>[0]) => one.lineOf(path) + before,
  });
  return {
    manifests: parsed.manifests.map(moved),
    foreign: parsed.foreign.map(moved),
    unread: parsed.unread.map((one) => ({ ...one, line: one.line + before })),
  };
}

/** A line of three hyphens begins a document wherever it stands. */
const DOCUMENT = /^---(?=\s|$)/;
const DOCUMENTS = /^(?=---(?:\s|$))/m;

function* partsOf(text: string): Iterable<Part> {
  if (PRINTED_JSON.test(text) && WHOLE_JSON.test(text)) {
    yield* jsonItems(text);
    return;
  }
  let before = 0;
  for (const document of text.split(DOCUMENTS)) {
    yield* isPrinted(document) ? itemsOf(document, before) : [{ text: document, before }];
    before += linesIn(document);
  }
}

const linesIn = (text: string): number => text.split("\n").length - 1;

/** As kubectl prints a List: its items in the first column, and after them what the List says of itself. */
const PRINTED = /^(?:---\s*\n)?apiVersion: v1\nitems:\n- [\s\S]*\nkind: List\n(?:metadata:[^\n]*\n(?: [^\n]*\n)*)?$/;

const isPrinted = (document: string): boolean => {
  if (!PRINTED.test(document)) return false;
  const body = document.replace(DOCUMENT, "");
  // Anything else in the first column, an anchor for example, and it is read as a whole.
  return body.split("\n").every((line) => line === "" || OWN.test(line));
};

const OWN = /^(?:- | {2}|apiVersion: v1$|items:$|kind: List$|metadata:)/;

function* itemsOf(document: string, before: number): Iterable<Part> {
  const start = document.indexOf("\n- ") + 1;
  const end = document.lastIndexOf("\nkind: List\n") + 1;
  let line = before + linesIn(document.slice(0, start));
  for (const item of document.slice(start, end).split(/^(?=- )/m)) {
    yield { text: item.replace("- ", "  "), before: line };
    line += linesIn(item);
  }
}

/** As kubectl prints a List in JSON, whose texts hold no line breaks: what stands at the depth of an item is one. */
const PRINTED_JSON = /^\{\n {4}"apiVersion": "v1",\n {4}"items": \[\n {8}\{\n/;
/** One that was cut off is read as it is, and told. */
const WHOLE_JSON = /\n {4}\],\n {4}"kind": "List",\n[^\n]*\n?[^\n]*\n?[^\n]*\n?\}\s*$/;
const FIRST_ITEM = 3;

function* jsonItems(text: string): Iterable<Part> {
  const lines = text.split("\n");
  let start = FIRST_ITEM;
  for (let at = start; at < lines.length && lines[at - 1] !== "    ],"; at += 1) {
    if (!/^ {8}\},?$/.test(lines[at] ?? "")) continue;
    yield { text: `${lines.slice(start, at).join("\n")}\n        }`, before: start };
    start = at + 1;
  }
}
