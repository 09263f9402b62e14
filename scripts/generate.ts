/** Writes everything that is generated. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GENERATED } from "./generators/index.ts";

const root = join(import.meta.dirname, "..");

for (const { path, render } of GENERATED) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, render());
  console.log(`wrote ${path}`);
}
