import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countReport, failedFiles, passedElsewhere, sum } from "./test-count.ts";

describe("the count of a test run", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-count-"));
  const path = join(folder, "report.json");
  afterAll(() => rmSync(folder, { recursive: true }));
  const report = (passed: number, failed: number, broken: number) =>
    JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: broken });

  test.each([
    { name: "is Jest's own when all is well", text: report(7, 0, 0), endedWell: true, passed: 7, failed: 0 },
    { name: "has every failed test", text: report(5, 2, 0), endedWell: false, passed: 5, failed: 2 },
    {
      name: "has a failure for a file that could not run",
      text: report(5, 0, 1),
      endedWell: false,
      passed: 5,
      failed: 1,
    },
    {
      name: "has a failure for a bad end after good tests",
      text: report(5, 0, 0),
      endedWell: false,
      passed: 5,
      failed: 1,
    },
    { name: "has a failure for half a report", text: '{"numPassedTests": 5', endedWell: false, passed: 0, failed: 1 },
    { name: "has a failure for a report of another shape", text: "{}", endedWell: true, passed: 0, failed: 1 },
  ])("$name", ({ text, endedWell, passed, failed }) => {
    writeFileSync(path, text);
    expect(countReport(path, endedWell)).toEqual({ passed, failed });
  });

  test("has a failure where there is no report", () => {
    expect(countReport(join(folder, "missing.json"), true)).toEqual({ passed: 0, failed: 1 });
  });

  test("knows which files failed, and what passed in the others", () => {
    const assertionResults = [{ status: "passed" }, { status: "pending" }];
    const broken = {
      name: "/b.test.ts",
      status: "failed",
      assertionResults: [{ status: "passed" }, { status: "failed" }],
    };
    writeFileSync(
      path,
      JSON.stringify({ testResults: [{ name: "/a.test.ts", status: "passed", assertionResults }, broken] }),
    );
    expect(failedFiles(path)).toEqual(["/b.test.ts"]);
    expect(passedElsewhere(path)).toBe(1);
    expect(failedFiles(join(folder, "missing.json"))).toEqual([]);
  });

  test("adds up", () => {
    expect(
      sum([
        { passed: 1, failed: 0 },
        { passed: 2, failed: 3 },
      ]),
    ).toEqual({ passed: 3, failed: 3 });
  });
});
