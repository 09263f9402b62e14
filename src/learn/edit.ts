/**
 * Puts entries, marks and questions into the YAML of a SecureWorkload, and leaves every other byte as it stands: positions, comments, quotes.
 * Marks begin with `learn:`, and those of an earlier run go. Pure.
 */
import { Document, isMap, isNode, isSeq, type Node, type ParsedNode, parseAllDocuments, type YAMLMap } from "yaml";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { YAML_FORM } from "../manifests/yaml-form.ts";
import { commentedLines, type Insertion, lineEnd, placeFor, withInsertions } from "./places.ts";

type Path = readonly (string | number)[];

export interface Edits {
  /** Entries for lists of the spec, by the path of the list. */
  readonly appends: readonly {
    readonly path: readonly string[];
    readonly entry: object | string;
    readonly mark: string;
  }[];
  /** Words for what stands there, by its path in the spec. */
  readonly marks: readonly { readonly path: Path; readonly mark: string }[];
  /** What a person has to say. */
  readonly questions: readonly string[];
}

const MARK = "learn:";

/** The text with the edits in the document of that name; unchanged where there is none. */
export function edited(text: string, name: string, edits: Edits): string {
  const clean = withoutMarks(text, name);
  const document = chunkOf(clean, name)?.document;
  if (document === undefined) return text;
  return withInsertions(clean, [
    ...questionsIn(document, clean, edits.questions),
    ...marksIn(document, clean, edits.marks),
    ...appendsIn(document, clean, edits.appends),
  ]);
}

type Parsed = Document.Parsed<ParsedNode>;

interface Chunk {
  readonly document: Parsed;
  /** Where its own comments begin. */
  readonly start: number;
}

function chunkOf(text: string, name: string): Chunk | undefined {
  const parsed = parseAllDocuments(text, { logLevel: "silent" });
  const documents = "empty" in parsed ? [] : parsed;
  const index = documents.findIndex(
    (document) =>
      document.get("kind") === SECURE_WORKLOAD.kind &&
      document.getIn(["metadata", "name"]) === name &&
      isMap(document.contents),
  );
  const document = documents[index];
  return document === undefined ? undefined : { document, start: documents[index - 1]?.range[2] ?? 0 };
}

/** Only of this document: the marks of its neighbours in the file are as fresh as they are. */
function withoutMarks(text: string, name: string): string {
  const chunk = chunkOf(text, name);
  if (chunk === undefined) return text;
  const [, , end] = chunk.document.range;
  const commented = commentedLines(text);
  let offset = chunk.start;
  const lines = text
    .slice(chunk.start, end)
    .split("\n")
    .flatMap((line) => {
      offset += line.length + 1;
      if (!commented.has(offset - 1)) return [line];
      if (line.startsWith(`# TODO ${MARK} `)) return [];
      return [line.replace(/\s*# learn: .*$/, "").replace(/(#.*); learn: .*$/, "$1")];
    });
  return text.slice(0, chunk.start) + lines.join("\n") + text.slice(end);
}

const questionsIn = ({ contents }: Parsed, text: string, questions: readonly string[]): readonly Insertion[] => {
  const start = contents?.range[0] ?? 0;
  const at = text.lastIndexOf("\n", start - 1) + 1;
  return questions.map((question) => ({ at, text: `# TODO ${MARK} ${oneLine(question)}\n` }));
};

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ");

/** At the end of the line on which each begins; several on one line share a comment. */
function marksIn(document: Parsed, text: string, marks: Edits["marks"]): readonly Insertion[] {
  const byLine = new Map<number, string[]>();
  for (const { path, mark } of marks) {
    const node = document.getIn(["spec", ...path], true);
    if (!isNode(node) || node.range === undefined || node.range === null) continue;
    const at = lineEnd(text, node.range[0]);
    byLine.set(at, [...(byLine.get(at) ?? []), oneLine(mark)]);
  }
  return [...byLine].map(([at, words]) => ({ at, comment: `${MARK} ${[...new Set(words)].join(", ")}` }));
}

/** Entries of one list are put there together. */
function appendsIn(document: Parsed, text: string, appends: Edits["appends"]): readonly Insertion[] {
  const root = document.contents;
  if (!isMap(root)) return [];
  const lists = Map.groupBy(appends, ({ path }) => path.join("."));
  const byAccess = [...lists.values()].map((some) => ({
    path: ["spec", ...(some[0]?.path ?? [])],
    items: some.map(({ entry, mark }) => ({ text: flowText(entry), comment: `${MARK} ${oneLine(mark)}` })),
  }));
  return placeFor(root as YAMLMap<unknown, Node>, text, byAccess);
}

function flowText(entry: object | string): string {
  const document = new Document(entry, YAML_FORM);
  if (isMap(document.contents) || isSeq(document.contents)) document.contents.flow = true;
  return document.toString(YAML_FORM).trim();
}
