/** Runs the parts of a check, and Jest among them, with their output on this terminal. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Count, countReport } from "./test-count.ts";

export const root = join(import.meta.dirname, "..");
export const module = (...path: readonly string[]): string => join(root, "node_modules", ...path);

/** Far beyond the slowest machine: a run that hangs ends as a failure. */
const JEST_TIMEOUT_MS = 60 * 60_000;

/** True when the command ended by itself with status 0. */
export function run(name: string, command: string, args: readonly string[], timeout = 0): Promise<boolean> {
  console.log(`\n== ${name}`);
  const child = spawn(command, args, { cwd: root, stdio: "inherit", killSignal: "SIGKILL", timeout });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      console.error(`${name}: ${error.message}`);
      resolve(false);
    });
    child.once("close", (code) => resolve(code === 0));
  });
}

/** Counts a command as one check. */
export async function check(name: string, command: string, args: readonly string[]): Promise<Count> {
  return (await run(name, command, args)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs the tests that `selection` chooses. */
export async function jest(name: string, selection: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-jest-"));
  const report = join(folder, "report.json");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const args = [...flags, module("jest", "bin", "jest.js"), "--json", `--outputFile=${report}`, ...selection];
  try {
    const endedWell = await run(name, process.execPath, args, JEST_TIMEOUT_MS);
    return countReport(report, endedWell);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says the count alone on the last line, and ends with what it means. */
export function conclude({ passed, failed }: Count): never {
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
