import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "@jest/globals";

const folder = import.meta.dirname;
const read = (file: string): string => readFileSync(join(folder, file), "utf8");
const manifest = JSON.parse(read("package.json")) as {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

const IMPORT = /(?:^(?:import|export)\b[^;]*?from |^import |\bimport\()"([^"]+)"/gm;

/** The sources that are packed: neither tests nor what only tests use. */
const sources = readdirSync(folder).filter((file) => /(?<!\.test)\.ts$/.test(file));

const importsOf = (file: string): readonly string[] => [...read(file).matchAll(IMPORT)].map(([, name = ""]) => name);

test("the package imports nothing but Node, its own files and its declared dependencies, and all of those", () => {
  const imports = sources.flatMap(importsOf);
  const outside = imports.filter(
    (name) => name.startsWith(".") && relative(folder, resolve(folder, name)).startsWith(".."),
  );
  const packages = imports.filter((name) => !name.startsWith(".") && !name.startsWith("node:"));
  expect(outside).toEqual([]);
  expect([...new Set(packages)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
});

test("what is packed does not import the support of tests", () => {
  const imported = sources.flatMap((file) => importsOf(file).filter((name) => name.includes("test")));
  expect(imported).toEqual([]);
});

test("every export names a file", () => {
  for (const target of Object.values(manifest.exports))
    expect([target, existsSync(join(folder, target))]).toEqual([target, true]);
});

test("the README shows the example as it is run, in thirty lines at most", () => {
  const example = read("examples/greeter.ts");
  expect(read("README.md")).toContain(`\`\`\`ts\n${example}\`\`\``);
  expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
});

test("the changelog has an entry for the version", () => {
  expect(read("CHANGELOG.md")).toMatch(new RegExp(`^## ${manifest.version.replaceAll(".", String.raw`\.`)}$`, "m"));
});
