/**
 * YAML as kubectl, Helm and kustomize print it: blocks, one value on a line, literals. Several times as fast as the parser of all of YAML, which reads
 * whatever is written otherwise: here it is undefined. Pure.
 */
import type { Step } from "./step.ts";

export interface BlockDocument {
  readonly value: unknown;
  /** As {@link Manifest.lineOf}. */
  readonly lineOf: (path: readonly Step[]) => number;
}

/** A value with the line that it begins on. */
interface Node {
  readonly value: unknown;
  readonly line: number;
  readonly parts?: ReadonlyMap<Step, Node>;
}

/** Thrown and caught here alone. */
class Otherwise extends Error {}

const otherwise = (): never => {
  throw new Otherwise();
};

/** What a document must not hold anywhere: tabs before text, other ends of lines, directives, a second document, templates. */
const ELSEWHERE = /\r|^[ ]*\t|^%|^\.\.\.|\n---|\{\{/m;

export function blockDocument(text: string): BlockDocument | undefined {
  if (ELSEWHERE.test(text)) return undefined;
  try {
    const node = new Reader(text).document();
    return { value: node.value, lineOf: (path) => lineAt(node, path) };
  } catch (error) {
    // The parser of all of YAML tells what is nested too deep.
    if (error instanceof Otherwise || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** That of the nearest part above it where the path goes on. */
function lineAt(root: Node, path: readonly Step[]): number {
  let node = root;
  for (const step of path) {
    const next = node.parts?.get(step);
    if (next === undefined) break;
    node = next;
  }
  return node.line;
}

const KEY = /^(?:([A-Za-z_./$][\w./$-]*)|"([^"\\]*)"|'([^']*)')[ ]*:(?:[ ]+(.*))?$/;
/** Words that are no texts, as keys. */
const NO_KEY = /^(null|~|true|false|__proto__)$/i;
/** Words that Kubernetes reads as true or false, and Compose as texts. */
const EITHER = /^(?:y|n|yes|no|on|off)$/i;

interface Line {
  readonly indent: number;
  readonly content: string;
}

class Reader {
  readonly #lines: string[];
  readonly #isEnded: boolean;
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split("\n");
    this.#isEnded = this.#lines.at(-1) === "";
  }

  document(): Node {
    if (/^---[ ]*$/.test(this.#lines[0] ?? "")) this.#at = 1;
    const first = this.#next();
    if (first === undefined || isItem(first.content)) return otherwise();
    const node = this.#map(first.indent);
    return this.#next() === undefined ? node : otherwise();
  }

  /** The next line that says something; undefined at the end. */
  #next(): Line | undefined {
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      const content = line.trimStart();
      if (content !== "" && !content.startsWith("#"))
        return { indent: line.length - content.length, content: content.trimEnd() };
    }
    return undefined;
  }

  #map(indent: number): Node {
    const value: Record<string, unknown> = {};
    const parts = new Map<Step, Node>();
    const line = this.#at + 1;
    for (let next = this.#next(); isOf(next, indent) && !isItem(next.content); next = this.#next()) {
      const [, plain, double, single, rest = ""] = KEY.exec(next.content) ?? otherwise();
      const key = plain ?? double ?? single ?? "";
      if (NO_KEY.test(key) || EITHER.test(key) || Object.hasOwn(value, key)) return otherwise();
      const node = this.#valueOf(rest, indent);
      value[key] = node.value;
      parts.set(key, node);
    }
    return { value, line, parts };
  }

  /** What stands after a key, on its line or below. */
  #valueOf(said: string, indent: number): Node {
    const line = this.#at + 1;
    this.#at += 1;
    const rest = said.startsWith("#") ? "" : said;
    if (rest === "|" || rest === "|-") return { value: this.#literal(indent, rest === "|-"), line };
    if (rest !== "") return { value: scalarOf(rest), line };
    const next = this.#next();
    if (next === undefined || next.indent < indent) return otherwise();
    if (isItem(next.content)) return this.#list(next.indent);
    return next.indent > indent ? this.#map(next.indent) : otherwise();
  }

  #list(indent: number): Node {
    const value: unknown[] = [];
    const parts = new Map<Step, Node>();
    const line = this.#at + 1;
    for (let next = this.#next(); isOf(next, indent) && isItem(next.content); next = this.#next()) {
      const node = this.#item(next);
      parts.set(value.length, node);
      value.push(node.value);
    }
    return { value, line, parts };
  }

  #item({ indent, content }: Line): Node {
    const inner = content.slice(2);
    const line = this.#at + 1;
    if (inner === "" || inner.startsWith(" ") || isItem(inner)) return otherwise();
    if (!KEY.test(inner)) {
      this.#at += 1;
      return { value: scalarOf(inner), line };
    }
    this.#lines[this.#at] = `${" ".repeat(indent + 2)}${inner}`;
    return this.#map(indent + 2);
  }

  /** The lines below that stand deeper, without what all of them begin with. */
  #literal(indent: number, isStripped: boolean): string {
    const first = this.#lines[this.#at] ?? "";
    const depth = depthOf(first);
    if (first.trim() === "" || depth <= indent) return otherwise();
    const own = this.#deeper(depth);
    if (this.#at === this.#lines.length && !this.#isEnded) return otherwise();
    const next = this.#next();
    if (next !== undefined && next.indent > indent) return otherwise();
    const text = own.join("\n").replace(/\n+$/, "");
    return isStripped ? text : `${text}\n`;
  }

  /** Empty ones among them. */
  #deeper(depth: number): readonly string[] {
    const own: string[] = [];
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      const isEmpty = line.trim() === "";
      if (!isEmpty && depthOf(line) < depth) break;
      // Spaces alone are text where there are more of them.
      if (isEmpty && line.length > depth) return otherwise();
      own.push(isEmpty ? "" : line.slice(depth));
    }
    return own;
  }
}

const depthOf = (line: string): number => line.length - line.trimStart().length;

/** Whether a line goes on with a block; what stands deeper belongs to nothing. */
function isOf(line: Line | undefined, indent: number): line is Line {
  if (line !== undefined && line.indent > indent) otherwise();
  return line?.indent === indent;
}

const isItem = (content: string): boolean => content.startsWith("- ") || content === "-";

const TEXT = /^(?:[A-Za-z/_(.]|[0-9]|-(?![ ]|$)|\$|\+|~|\^|=|<|;|\\)/;
/** Numbers that are written in a way of their own. */
const OTHER_NUMBER =
  /^[-+]?(?:0o?[0-7]+|0x[0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const PLAIN_NUMBER = /^(?:0|-?[1-9][0-9]{0,14})$/;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["null", "Null", "NULL", "~"].map((word) => [word, null] as const),
]);

/** What is quoted whole, with a comment or without. */
const QUOTED = /^(?:"([^"\\]*)"|'([^']*)')(?: +#.*)?$/;
/** A list on one line, of texts in quotes and of plain words. */
const ITEM = /"[^"\\]*"|'[^']*'|[A-Za-z0-9/._-][\w/.=-]*/.source;
const FLOW = new RegExp(`^\\[ *((?:${ITEM})(?: *, *(?:${ITEM}))*) *\\](?: +#.*)?$`);

function scalarOf(said: string): unknown {
  const quoted = QUOTED.exec(said);
  if (quoted !== null) return quoted[1] ?? quoted[2];
  const flow = FLOW.exec(said)?.[1];
  if (flow !== undefined) return [...flow.matchAll(new RegExp(ITEM, "g"))].map(([item]) => scalarOf(item));
  const text = said.replace(/ +#.*$/, "");
  if (text === "{}") return {};
  return text === "[]" ? [] : plainOf(text);
}

function plainOf(text: string): unknown {
  if (!TEXT.test(text) || ELSEWHERE_IN_TEXT.test(text) || EITHER.test(text)) return otherwise();
  if (WORDS.has(text)) return WORDS.get(text);
  if (PLAIN_NUMBER.test(text)) return Number(text);
  return OTHER_NUMBER.test(text) ? otherwise() : text;
}

/** A key, or a tab, after which a comment may stand. */
const ELSEWHERE_IN_TEXT = /: |:$|\t/;
