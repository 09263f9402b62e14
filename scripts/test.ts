/** Every check there is, and one true count at the end: `N passed, N failed`. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Count {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

function step(name: string, command: string, args: readonly string[]): boolean {
  console.log(`\n== ${name}`);
  return spawnSync(command, args, { cwd: root, stdio: "inherit" }).status === 0;
}

const check = (name: string, command: string, args: readonly string[]): Count =>
  step(name, command, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

/** Counts by Jest's own report; a run that leaves none, or fails without a failed test, counts as a failure. */
function jest(): Count {
  const folder = mkdtempSync(join(tmpdir(), "palisade-jest-"));
  const report = join(folder, "report.json");
  const flags = [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    join(root, "node_modules", "jest", "bin", "jest.js"),
  ];
  const passed = step("tests", process.execPath, [
    ...flags,
    "--json",
    `--outputFile=${report}`,
    "--testLocationInResults=false",
    "--silent=false",
  ]);
  try {
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(report, "utf8"),
    ) as Record<string, number>;
    const failed = (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
    return { passed: numPassedTests ?? 0, failed: failed === 0 && !passed ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const counts = [
  check("types", bin("tsc"), ["-p", "tsconfig.json", "--noEmit"]),
  check("lint", bin("biome"), ["check", "."]),
  check("generated files", process.execPath, ["scripts/verify.ts"]),
  jest(),
];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
