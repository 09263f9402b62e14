/** Runs the parts of a check, and Jest among them, with their output on this terminal. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Count, countReport, failedFiles, passedElsewhere, sum } from "./test-count.ts";

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

/** More files than these failed for one reason, and no second try tells anything about it. */
const FLAKES_AT_MOST = 4;

/** Runs the tests that `selection` chooses. */
export function jest(name: string, selection: readonly string[]): Promise<Count> {
  return withReport(async (report) => countReport(report, await runJest(name, report, selection)));
}

/**
 * Runs tests against real clusters. Files that failed run once more, by themselves: what passes then depended on what ran beside it, is told as a
 * flake, and counts once, as passed. What fails twice has failed.
 */
export function jestOnClusters(name: string, selection: readonly string[]): Promise<Count> {
  return withReport(async (report) => {
    const endedWell = await runJest(name, report, selection);
    const files = failedFiles(report);
    if (files.length === 0 || files.length > FLAKES_AT_MOST) return countReport(report, endedWell);
    const again = await jest(`${name}, once more: ${files.map((file) => relative(root, file)).join(" ")}`, [
      ...projectsOf(selection),
      "--runInBand",
      "--runTestsByPath",
      ...files,
    ]);
    if (again.failed === 0)
      for (const file of files) console.log(`flaked, and passed by itself: ${relative(root, file)}`);
    return sum([{ passed: passedElsewhere(report), failed: 0 }, again]);
  });
}

/** The projects of a selection, which is `--selectProjects` with their names and then other flags. */
function projectsOf(selection: readonly string[]): string[] {
  const end = selection.findIndex((word, at) => at > 0 && word.startsWith("--"));
  return selection.slice(0, end === -1 ? undefined : end);
}

async function withReport<T>(use: (report: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-jest-"));
  try {
    return await use(join(folder, "report.json"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True when Jest ended by itself and well. It leaves its report at the path `report`. */
function runJest(name: string, report: string, selection: readonly string[]): Promise<boolean> {
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const args = [...flags, module("jest", "bin", "jest.js"), "--json", `--outputFile=${report}`, ...selection];
  return run(name, process.execPath, args, JEST_TIMEOUT_MS);
}

/** Says the count alone on the last line, and ends with what it means. */
export function conclude({ passed, failed }: Count): never {
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
