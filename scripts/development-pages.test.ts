/** The pages for contributors name files that exist, and show code that is in them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "docs", "development");

interface Block {
  readonly language: string;
  /** From the top of the repository. */
  readonly file: string;
  readonly lines: readonly string[];
}

/** The fenced blocks whose first line says which file they show, as a diff or a comment does. */
const blocksOf = (page: string): readonly Block[] =>
  [...page.matchAll(/^```(\w+)\n(?:\+\+\+|\/\/) (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", file = "", text = ""]) => ({
      language,
      file,
      lines: text.trimEnd().split("\n"),
    }),
  );

const linesOf = (file: string): ReadonlySet<string> =>
  new Set(
    readFileSync(join(ROOT, file), "utf8")
      .split("\n")
      .map((line) => line.trim()),
  );

/** What a line of a block says of the file; undefined for what was left out. */
function shown({ language }: Block, line: string): string | undefined {
  const text = (language === "diff" ? line.slice(1) : line).trim();
  return text === "…" || text === "" ? undefined : text;
}

describe.each(readdirSync(FOLDER).map((name) => ({ name, page: readFileSync(join(FOLDER, name), "utf8") })))(
  "$name",
  ({ page }) => {
    test("names files that exist", () => {
      const named = [...page.matchAll(/`((?:src|test|scripts|docs|config)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    });

    test("shows code that stands there", () => {
      const stale = blocksOf(page).flatMap((block) => {
        const lines = linesOf(block.file);
        return block.lines.flatMap((line) => {
          const text = shown(block, line);
          return text === undefined || lines.has(text) ? [] : [`${block.file}: ${text}`];
        });
      });
      expect(blocksOf(page).length).toBeGreaterThan(0);
      expect(stale).toEqual([]);
    });
  },
);
