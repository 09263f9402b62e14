/** The packed command line, as somebody gets it who has nothing else: in an empty folder, without a network. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { COMMANDS } from "../../src/commands/table.ts";
import { packCommandLine } from "./pack.ts";

const ROOT = join(import.meta.dirname, "..", "..");
let folder: string;
let archive: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-pack-"));
  archive = await packCommandLine(ROOT, "1.2.3", join(folder, "dist"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, args: readonly string[], input = "") {
  const cwd = join(folder, "empty");
  mkdirSync(cwd, { recursive: true });
  const env = { PATH: process.env["PATH"], HOME: folder, npm_config_update_notifier: "false" };
  return spawnSync(program, [...args], { cwd, encoding: "utf8", input, env });
}

const palisade = (args: readonly string[], input?: string) =>
  run("npx", ["--yes", "--offline", "--package", archive, "palisade", ...args], input);

test("runs by npx and says the version that it was packed as", () => {
  expect(palisade(["version"])).toMatchObject({ status: 0, stdout: "1.2.3\n" });
});

test("converts what is piped into it, and knows its rules", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "web", image: "web:1" }] },
  };
  const { status, stdout } = palisade(["convert", "-f", "-"], JSON.stringify(pod));
  expect(status).toBe(0);
  expect(stdout).toContain("kind: SecureWorkload");
  expect(palisade(["explain", "non-root"]).stdout).toContain("Rule non-root");
});

test("is a plugin of kubectl by its second name, and carries the terms of what is in it", () => {
  const unpacked = join(folder, "unpacked");
  mkdirSync(unpacked);
  spawnSync("tar", ["-xzf", archive, "-C", unpacked]);
  const manifest = JSON.parse(readFileSync(join(unpacked, "package", "package.json"), "utf8")) as Record<
    string,
    object
  >;
  expect(Object.keys(manifest["bin"] ?? {})).toEqual(["palisade", "kubectl-palisade"]);
  expect(manifest["dependencies"]).toBeUndefined();
  expect(readFileSync(join(unpacked, "package", "THIRD-PARTY"), "utf8")).toContain("commander");
});

test("reads next to nothing for the help: no parser, no schema, no client", () => {
  const unpacked = join(folder, "unpacked", "package");
  const needed = staticClosure(unpacked, "palisade.mjs");
  const size = needed.reduce((sum, name) => sum + statSync(join(unpacked, name)).size, 0);
  expect(size).toBeLessThan(40_000);
  expect(readdirSync(join(unpacked, "parts")).length).toBeGreaterThan(10);
  const help = run(process.execPath, [join(unpacked, "palisade.mjs"), "--help"]);
  for (const { name } of COMMANDS) expect(help.stdout).toContain(name);
});

/** A file with all that it imports before it runs. */
function staticClosure(root: string, first: string): readonly string[] {
  const found = new Set([first]);
  for (const name of found) {
    const text = readFileSync(join(root, name), "utf8");
    for (const [, target = ""] of text.matchAll(/^(?:import|export)[^;]*?from "\.\/([^"]+)"|^import "\.\/([^"]+)"/gm))
      if (target !== "") found.add(join(dirname(name), target));
  }
  return [...found];
}

test("a file that is not there is told on standard error alone, with what to type next", () => {
  writeFileSync(join(folder, "nothing.txt"), "");
  const { status, stdout, stderr } = palisade(["convert", "-f", "nowhere/"]);
  expect([status, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(/next: palisade convert --help/);
});
