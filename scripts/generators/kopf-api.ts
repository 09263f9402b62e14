/** src/kopf/docs/api.md: every export of kopf-ts with its declaration, in the order and under the headings of its index. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownFile } from "./generated-file.ts";

const folder = join(import.meta.dirname, "../../src/kopf");

const source = (file: string): string => readFileSync(join(folder, file), "utf8");

interface Section {
  readonly title: string;
  readonly names: readonly { readonly name: string; readonly file: string }[];
}

const EXPORT = /^export (?:type )?(?:\{([^}]*)\}|(\*)) from "\.\/([^"]+)";/gm;
const DECLARATION = /^export (?:async )?(?:function|class|const|type|interface) (\w+)/gm;

/** The names that an index exports. */
function exportsOf(index: string): Section["names"] {
  return [...index.matchAll(EXPORT)].flatMap(([, list = "", star, file = ""]) => {
    const names =
      star === undefined
        ? list.split(",").map((name) => name.trim().replace(/^type /, ""))
        : [...source(file).matchAll(DECLARATION)].map(([, name = ""]) => name);
    return names.filter((name) => name !== "").map((name) => ({ name, file }));
  });
}

function sections(): readonly Section[] {
  return source("index.ts")
    .split(/^\/\/ /m)
    .slice(1)
    .map((part) => ({ title: part.slice(0, part.indexOf("\n")), names: exportsOf(part) }));
}

/** A declaration without bodies: signatures of functions and classes, members of interfaces. */
export function declarationOf(text: string, name: string): { readonly doc: string; readonly code: string } {
  const start = new RegExp(String.raw`^export (?:async )?(function|class|const|type|interface)\*? ${name}\b`, "m").exec(
    text,
  );
  if (start === null) throw new Error(`no declaration of ${name}`);
  const doc = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.exec(text.slice(0, start.index))?.[0] ?? "";
  return { doc: plain(doc), code: signature(text.slice(start.index), start[1] as keyof typeof ENDS) };
}

const ENDS = {
  interface: /^[\s\S]*?(?:\{\}|\n\})/,
  type: /^[\s\S]*?;$/m,
  class: /^.*\{$/m,
  function: /^[\s\S]*? \{$/m,
  const: /^.*? = (?:<[^>]*>)?\([\s\S]*?\): [^=]+?(?= =>)|^.*?(?= = |;$)/m,
} as const;

/** A constant that holds a function is shown as one. */
function signature(text: string, kind: keyof typeof ENDS): string {
  const code = (ENDS[kind].exec(text)?.[0] ?? "").replace(/ \{$|;$/, "").replace(/^export (?:async )?/, "");
  return code.replace(/^const (\w+) = (?=[(<])/, "function $1");
}

const plain = (doc: string): string =>
  doc
    .replace(/^\/\*\*\s?|\s*\*\/\n?$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .trim();

function entry({ name, file }: Section["names"][number]): string {
  const { doc, code } = declarationOf(source(file), name);
  return [`### ${name}`, ...(doc === "" ? [] : [doc]), `\`\`\`ts\n${code}\n\`\`\``].join("\n\n");
}

export const kopfApiFile = markdownFile("src/kopf/docs/api.md", () => [
  "# API of kopf-ts",
  ...sections().flatMap(({ title, names }) => [`## ${title}`, ...names.map(entry)]),
  "## kopf-ts/testing",
  entry({ name: "FakeClock", file: "testing.ts" }),
  entry({ name: "settle", file: "testing.ts" }),
]);
