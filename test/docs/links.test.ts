/** Every link of the documentation leads to a file that is there, and to a heading that is in it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { allPages } from "./pages.ts";
import { ROOT } from "./reader.ts";

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/** As code hosts make it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

const headingsOf = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

const problemOf = (page: string, link: string): string | undefined => {
  if (/^[a-z]+:/.test(link)) return `${link}: leads away`;
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
  if (!existsSync(file)) return `${link}: there is no such file`;
  return anchor === undefined || headingsOf(file).includes(anchor) ? undefined : `${link}: there is no such heading`;
};

test.each(allPages().map((page) => ({ page })))("the links of $page lead somewhere", ({ page }) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const problems = [...text.matchAll(LINK)].flatMap(([, link = ""]) => problemOf(page, link) ?? []);
  expect(problems).toEqual([]);
});
