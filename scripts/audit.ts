/** Known holes in the packages used, as npm's registry knows them, and their terms. The last line is `N passed, N failed`. */
import { lockedPackages, refusedPackages } from "./licences.ts";
import { check, conclude } from "./run.ts";
import { sum } from "./test-count.ts";

const refused = refusedPackages(lockedPackages());
console.log(`\n== licences: ${refused.length === 0 ? "passed" : "failed"}`);
for (const line of refused) console.error(line);
const licences = refused.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
// A registry that cannot be asked is a failure too: nothing is known then.
conclude(sum([licences, await check("advisories", "npm", ["audit", "--audit-level=moderate"])]));
