/** Every check there is, and one true count at the end: `N passed, N failed`. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Count, countReport, sum } from "./test-count.ts";

const root = join(import.meta.dirname, "..");
const module = (...path: readonly string[]): string => join(root, "node_modules", ...path);

/** Far beyond the slowest machine: a run that hangs ends as a failure. */
const JEST_TIMEOUT_MS = 60 * 60_000;

/** True when the command ended by itself with status 0. */
function run(name: string, command: string, args: readonly string[], timeout?: number): boolean {
  console.log(`\n== ${name}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    killSignal: "SIGKILL",
    ...(timeout === undefined ? {} : { timeout }),
  });
  if (error !== undefined) console.error(`${name}: ${error.message}`);
  return status === 0;
}

const check = (name: string, command: string, args: readonly string[]): Count =>
  run(name, command, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

function jest(): Count {
  const folder = mkdtempSync(join(tmpdir(), "palisade-jest-"));
  const report = join(folder, "report.json");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const args = [...flags, module("jest", "bin", "jest.js"), "--json", `--outputFile=${report}`];
  try {
    const endedWell = run("tests", process.execPath, args, JEST_TIMEOUT_MS);
    return countReport(report, endedWell);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const verify = existsSync(join(root, "scripts", "verify.ts"));
const total = sum([
  check("types", module(".bin", "tsc"), ["-p", "tsconfig.json", "--noEmit"]),
  check("lint", module(".bin", "biome"), ["check", "."]),
  ...(verify ? [check("generated files", process.execPath, ["scripts/verify.ts"])] : []),
  jest(),
]);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
