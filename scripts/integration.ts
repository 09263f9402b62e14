/** The tests against a real API server: `node scripts/integration.ts [FILE…]`, all of them unless some are named. The last line is `N passed, N failed`. */
import { check, conclude, jest } from "./run.ts";
import { sum } from "./test-count.ts";

const files = process.argv.slice(2);
if (files.length > 0)
  conclude(await jest("integration tests", ["--selectProjects", "cluster", "--testPathPatterns", ...files]));
const programs = await check("programs", process.execPath, ["scripts/programs.ts"]);
conclude(sum([programs, await jest("integration tests", ["--selectProjects", "cluster"])]));
