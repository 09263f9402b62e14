/** Fails when anything generated is stale, or lies in a generated folder without being generated. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { GENERATED } from "./generators/index.ts";

const root = join(import.meta.dirname, "..");
const expected = new Map(GENERATED.map(({ path, render }) => [path, render()]));
const folders = new Set([...expected.keys()].map((path) => dirname(path)));

const stale = [...expected]
  .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text)
  .map(([path]) => path);
const strays = [...folders]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => relative(".", join(folder, name))))
  .filter((path) => !expected.has(path));

for (const path of stale) console.error(`${path} is stale: run make generate and commit the result`);
for (const path of strays)
  console.error(`${path} is not generated: remove it, or add its generator to scripts/generators/index.ts`);
if (stale.length + strays.length > 0) process.exit(1);
console.log(`${expected.size} generated files are up to date`);
