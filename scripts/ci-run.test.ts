/** What the last line of `.ci/run` says, by a `make` that says what it is told to. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { mustBeAble } from "../test/cluster/node/requirements.ts";

const RUN = join(import.meta.dirname, "..", ".ci", "run");
const folder = mkdtempSync(join(tmpdir(), "palisade-ci-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A target of `make`: what it prints last, and how it ends. */
type Target = readonly [line: string, status: number];

function run(
  test: Target,
  e2e: Target,
): { readonly last: string | undefined; readonly status: number | null; readonly all: string } {
  const make = join(folder, "make");
  const branch = (name: string, [line, status]: Target): string => `${name}) echo '${line}'; exit ${status};;`;
  writeFileSync(make, `#!/bin/sh\ncase "$1" in\n${branch("test", test)}\n${branch("e2e", e2e)}\nesac\n`);
  chmodSync(make, 0o755);
  const env = { ...process.env, PATH: [folder, process.env["PATH"]].join(delimiter) };
  const { stdout, status } = spawnSync(RUN, { encoding: "utf8", env });
  return { last: stdout.trim().split("\n").at(-1), status, all: stdout };
}

const canRunNode = (): boolean => {
  try {
    mustBeAble();
    return true;
  } catch {
    return false;
  }
};

test("a run is as good as both its parts, where a node can run, and says so where none can", () => {
  const { last, status, all } = run(["30 passed, 0 failed", 0], ["12 passed, 0 failed", 0]);
  if (canRunNode()) expect([last, status]).toEqual(["42 passed, 0 failed", 0]);
  else {
    expect([last, status]).toEqual(["30 passed, 0 failed", 0]);
    expect(all).toContain("The end-to-end tests are left out: The real node of make e2e needs ");
  }
});

test.each<readonly [string, Target, number]>([
  ["a test that failed", ["28 passed, 2 failed", 2], 2],
  ["an end without a count", ["Segmentation fault", 139], 1],
  ["a bad end after a good count", ["30 passed, 0 failed", 2], 1],
  ["a good end without a count", ["nothing to be done", 0], 1],
])("%s is a failure of the whole", (_what, target, failures) => {
  const { last, status } = run(target, ["0 passed, 0 failed", 0]);
  expect(last).toMatch(new RegExp(`^\\d+ passed, ${failures} failed$`));
  expect(status).toBe(1);
});
