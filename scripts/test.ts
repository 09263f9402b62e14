/** Every check there is but the end-to-end tests, and one true count at the end: `N passed, N failed`. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conclude, jest, module, root, run } from "./run.ts";
import { type Count, sum } from "./test-count.ts";

const check = (name: string, command: string, args: readonly string[]): Count =>
  run(name, command, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

/** A cluster that is not ours keeps its audit log to itself. */
const borrowed = !["", "embedded", undefined].includes(process.env.PALISADE_CLUSTER);
const auditLogs = mkdtempSync(join(tmpdir(), "palisade-audit-"));
process.env.PALISADE_AUDIT_LOGS = auditLogs;

const verify = existsSync(join(root, "scripts", "verify.ts"));
const total = sum([
  check("types", module(".bin", "tsc"), ["-p", "tsconfig.json", "--noEmit"]),
  check("lint", module(".bin", "biome"), ["check", "."]),
  ...(verify ? [check("generated files", process.execPath, ["scripts/verify.ts"])] : []),
  check("programs", process.execPath, ["scripts/programs.ts"]),
  jest("tests", ["--selectProjects", "unit", "go", "cluster"]),
  ...(borrowed ? [] : [check("rights that are used", process.execPath, ["scripts/permissions.ts", auditLogs])]),
]);
rmSync(auditLogs, { recursive: true, force: true });
conclude(total);
