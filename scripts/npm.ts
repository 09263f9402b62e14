/** Packs the command line for npm: `node scripts/npm.ts [--output FOLDER]`. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { builtVersion } from "./image/bundle.ts";
import { packCommandLine } from "./npm/pack.ts";
import { root } from "./run.ts";

const { values } = parseArgs({ options: { output: { type: "string", default: join(root, "dist") } } });

console.log(await packCommandLine(root, builtVersion(root), values.output));
