/**
 * The end-to-end tests, on a real node: `node scripts/e2e.ts [PATTERN…]`. The last line is `N passed, N failed`. With `--can` it runs none,
 * and fails with the reason where no node can run.
 */
import { nodeParts } from "../test/cluster/node/index.ts";
import { mustBeAble } from "../test/cluster/node/requirements.ts";
import { conclude, jestOnClusters } from "./run.ts";

const patterns = process.argv.slice(2);

const reasonOf = (error: unknown): unknown => (error instanceof Error ? error.message : error);

if (patterns.includes("--can")) {
  try {
    mustBeAble();
    process.exit(0);
  } catch (error) {
    console.error(reasonOf(error));
    process.exit(1);
  }
}
try {
  await nodeParts((line) => console.log(line));
} catch (error) {
  console.error(reasonOf(error));
  conclude({ passed: 0, failed: 1 });
}
const chosen = patterns.length === 0 ? [] : ["--testPathPatterns", ...patterns];
conclude(await jestOnClusters("end-to-end tests", ["--selectProjects", "e2e", "--runInBand", ...chosen]));
