/** Reads what Jest reports into one count that never calls a broken run a good one. */
import { readFileSync } from "node:fs";

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

export const sum = (counts: readonly Count[]): Count => ({
  passed: counts.reduce((all, { passed }) => all + passed, 0),
  failed: counts.reduce((all, { failed }) => all + failed, 0),
});

/**
 * Counts the tests in Jest's JSON report; a file that could not run counts as one failure. Where the report is missing
 * or unreadable, or Jest ended badly without a failed test, that is one failure too.
 */
export function countReport(path: string, endedWell: boolean): Count {
  const { passed, failed } = read(path);
  return { passed, failed: failed === 0 && !endedWell ? 1 : failed };
}

/** The files that failed, or could not run; none where the report is missing or unreadable. */
export function failedFiles(path: string): string[] {
  try {
    return filesIn(path).flatMap(({ name, status }) => (status === "failed" ? [name] : []));
  } catch {
    return [];
  }
}

/** The tests of the files that did not fail: what still counts when the others run once more. */
export const passedElsewhere = (path: string): number =>
  filesIn(path)
    .filter(({ status }) => status !== "failed")
    .flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === "passed")).length;

interface TestedFile {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

const filesIn = (path: string): readonly TestedFile[] =>
  (JSON.parse(readFileSync(path, "utf8")) as { testResults: readonly TestedFile[] }).testResults;

function read(path: string): Count {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const number = (field: string): number => {
      const value = report[field];
      if (typeof value !== "number") throw new Error(`the report has no ${field}`);
      return value;
    };
    return {
      passed: number("numPassedTests"),
      failed: number("numFailedTests") + number("numRuntimeErrorTestSuites"),
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
