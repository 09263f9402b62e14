/** The page on disk and the rules hold each other, so that neither can say what the other does not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { FRAMEWORKS, POD_POLICIES } from "../../src/policies/index.ts";
import { policiesFile } from "./policies.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", policiesFile.path), "utf8");
const between = (from: string, to: string): string => page.slice(page.indexOf(from), page.indexOf(to));
const headings = (text: string): readonly string[] => [...text.matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? "");
const links = (text: string): readonly string[] => [...text.matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1] ?? "");

const ids = POD_POLICIES.map(({ id }) => id);

test("the page has a section for each rule, and for nothing else", () => {
  expect(headings(between("## Rules", "## By framework"))).toEqual(ids);
});

test.each(POD_POLICIES.map((policy) => [policy.id, policy] as const))("the page says all of %s", (id, policy) => {
  const section = page.slice(page.indexOf(`### ${id}\n`)).split(/\n##+ /)[0] ?? "";
  for (const text of [policy.demand, policy.reason, policy.effect, policy.fix]) expect(section).toContain(text);
  for (const { control } of policy.sources) expect(section).toContain(String(control));
});

test("every link on the page leads to a rule, and every rule is found by a framework or a drift case", () => {
  expect(new Set(links(page))).toEqual(new Set(ids));
});

test.each(Object.keys(FRAMEWORKS.pss.controls))("the page names the rule that covers Pod Security's %p", (control) => {
  const row = page.split("\n").find((line) => line.startsWith(`| ${control} |`)) ?? "";
  const covering = POD_POLICIES.filter(({ sources }) => sources.some((source) => source.control === control));
  expect(links(row)).toEqual(covering.map(({ id }) => id));
  expect(covering.length).toBeGreaterThan(0);
});
