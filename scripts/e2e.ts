/** The end-to-end tests, on a real node: `node scripts/e2e.ts [PATTERN…]`. Its last line is `N passed, N failed`. */
import { nodeParts } from "../test/cluster/node/index.ts";
import { conclude, jest } from "./run.ts";

try {
  await nodeParts((line) => console.log(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  conclude({ passed: 0, failed: 1 });
}
const patterns = process.argv.slice(2);
const chosen = patterns.length === 0 ? [] : ["--testPathPatterns", ...patterns];
conclude(jest("end-to-end tests", ["--selectProjects", "e2e", "--runInBand", ...chosen]));
