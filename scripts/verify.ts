/** Fails when anything generated is stale, unknown to git, or claims to be generated without being so. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { MARK } from "./generators/generated-file.ts";
import { GENERATED } from "./generators/index.ts";

const root = join(import.meta.dirname, "..");
const expected = new Map(GENERATED.map(({ path, render }) => [path, render()]));
const folders = new Set(GENERATED.map(({ path }) => dirname(path)));

const isStale = (path: string, text: string): boolean =>
  !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text;

/** What git does not track; nothing where the sources are no git checkout. */
function untracked(paths: readonly string[]): readonly string[] {
  const { status, stdout } = spawnSync("git", ["ls-files", "--", ...paths], { cwd: root, encoding: "utf8" });
  if (status !== 0) return [];
  const tracked = new Set(stdout.split("\n"));
  return paths.filter((path) => !tracked.has(path));
}

/** What claims to be generated, and is not. Other files may lie beside generated ones. */
const strays = [...folders]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder), { withFileTypes: true }).filter((entry) => entry.isFile()))
  .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
  .filter((path) => !expected.has(path) && readFileSync(join(root, path), "utf8").slice(0, 200).includes(MARK));

const complaints = [
  ...[...expected]
    .filter(([path, text]) => isStale(path, text))
    .map(([path]) => `${path} is stale: run make generate and commit the result`),
  ...untracked([...expected.keys()]).map((path) => `${path} is not committed: run make generate and git add ${path}`),
  ...strays.map((path) => `${path} is not generated: remove it, or add its generator to scripts/generators/index.ts`),
];

for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exit(1);
console.log(`${expected.size} generated files are up to date`);
