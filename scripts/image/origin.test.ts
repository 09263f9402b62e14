import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { epochOf, revisionOf } from "./origin.ts";

describe("the time of an image", () => {
  test.each([
    { value: undefined, epoch: 0, created: undefined },
    { value: "", epoch: 0, created: undefined },
    { value: "1700000000", epoch: 1_700_000_000, created: "2023-11-14T22:13:20Z" },
  ])("is $created for $value", ({ value, epoch, created }) => {
    expect(epochOf(value)).toEqual({ epoch, created });
  });

  test("is refused when it is none", () => {
    expect(() => epochOf("yesterday")).toThrow("must be whole seconds since 1970");
  });
});

describe("the revision of an image", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-origin-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const git = (...args: readonly string[]): string =>
    spawnSync("git", ["-C", folder, "-c", "user.name=some", "-c", "user.email=some@example.com", ...args], {
      encoding: "utf8",
    }).stdout.trim();

  test("is the commit while nothing was changed since, and unknown otherwise", () => {
    expect(revisionOf(folder)).toBeUndefined();

    git("init", "--quiet");
    writeFileSync(join(folder, "file"), "some");
    git("add", "file");
    git("commit", "--quiet", "--message", "some");
    expect(revisionOf(folder)).toBe(git("rev-parse", "HEAD"));

    writeFileSync(join(folder, "new"), "unknown to git");
    expect(revisionOf(folder)).toBeUndefined();
  });
});
