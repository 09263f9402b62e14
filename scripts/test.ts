/** Every check there is but the end-to-end tests, and one true count at the end: `N passed, N failed`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, conclude, jest, jestOnClusters } from "./run.ts";
import { staticChecks } from "./static-checks.ts";
import { sum } from "./test-count.ts";

/** A cluster that is not ours keeps its audit log to itself. */
const borrowed = !["", "embedded", undefined].includes(process.env.PALISADE_CLUSTER);
const auditLogs = mkdtempSync(join(tmpdir(), "palisade-audit-"));
process.env.PALISADE_AUDIT_LOGS = auditLogs;

const counts = [
  await staticChecks(),
  await check("programs", process.execPath, ["scripts/programs.ts"]),
  await jest("unit tests, and what they cover", ["--selectProjects", "unit", "--coverage"]),
  await jestOnClusters("tests against programs and clusters", ["--selectProjects", "go", "cluster"]),
];
if (!borrowed)
  counts.push(await check("rights that are used", process.execPath, ["scripts/permissions.ts", auditLogs]));
rmSync(auditLogs, { recursive: true, force: true });
conclude(sum(counts));
