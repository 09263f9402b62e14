/** Reads what `-f` names: files, folders with all that is in them, and standard input. */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ForeignDocument, Manifest, Unread } from "../manifests/parse.ts";
import { parsedParts } from "../manifests/parts.ts";
import { couldNotLook, Failure, type Given, messageOf, wrongUse } from "./answer.ts";
import { textIn } from "./text-in.ts";

export interface TextFile {
  readonly file: string;
  readonly text: string;
}

export interface Manifests {
  readonly manifests: readonly Manifest[];
  readonly foreign: readonly ForeignDocument[];
  readonly unread: readonly Unread[];
}

const IS_MANIFEST = /\.(ya?ml|json)$/i;

/** In the order of the names. Rejects where something cannot be read at all. */
export async function textsOf({ flags, readInput }: Given, flag: string, next: string): Promise<readonly TextFile[]> {
  const paths = [flags[flag] ?? []].flat().map(String);
  if (paths.length === 0) throw wrongUse("say which files with -f", next);
  const texts: TextFile[] = [];
  for (const path of paths) {
    if (path === "-") texts.push({ file: "-", text: await readInput() });
    else texts.push(...filesBelow(path, next));
  }
  return texts;
}

function filesBelow(path: string, next: string): readonly TextFile[] {
  try {
    if (!statSync(path).isDirectory()) return [textAt(path, next)];
    const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
    const files = names
      .filter((name) => IS_MANIFEST.test(name) && !/(^|\/)node_modules\//.test(name))
      .map((name) => join(path, name));
    return onceEach(files)
      .filter((file) => statSync(file).isFile())
      .map((file) => textAt(file, next));
  } catch (error) {
    throw error instanceof Failure ? error : couldNotLook(messageOf(error), next);
  }
}

function textAt(file: string, next: string): TextFile {
  const text = textIn(readFileSync(file));
  if (text === undefined) throw couldNotLook(`${file}: is no text in UTF-8; save it as such`, next);
  return { file, text };
}

/** Links may lead to the same file again, as in a mounted ConfigMap, or in a circle: the shortest name is read. */
function onceEach(files: readonly string[]): readonly string[] {
  const named = new Map<string, string>();
  for (const file of files) {
    const real = realpathSync(file);
    const known = named.get(real);
    if (known === undefined || file.length < known.length) named.set(real, file);
  }
  return [...named.values()].sort();
}

export function manifestsIn(texts: readonly TextFile[]): Manifests {
  const parsed = texts.flatMap(({ file, text }) => [...parsedParts(file, text)]);
  return {
    manifests: parsed.flatMap(({ manifests }) => manifests),
    foreign: parsed.flatMap(({ foreign }) => foreign),
    unread: parsed.flatMap(({ unread }) => unread),
  };
}
