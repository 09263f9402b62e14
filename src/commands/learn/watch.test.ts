/** What runs in a pod: against tables of sockets that were read on a machine, and a root file system that is being written. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readLine, type Sighting } from "../../learn/sightings.ts";
import { watchConnections, watchOptions } from "./watch.ts";
import { ownerOf, startedSeconds, writtenSince } from "./written.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-watch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const golden = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../test/golden/learn", name), "utf8");

/** Began 1000 s after the machine, which began at 1,700,000,000. */
const STAT = `1 (a) prog) S 0 1 1 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 100000 1 1`;
const BEGAN = 1_700_001_000;
const OLD = BEGAN - 500;
const NEW = BEGAN + 500;

function proc(): string {
  for (const part of ["net", "1/root"]) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, "net/tcp"), golden("tcp.txt"));
  writeFileSync(join(folder, "1/status"), "Name:\tweb\nUid:\t1000\t1001\t1000\t1000\nGid:\t7\t8\t9\t9\n");
  writeFileSync(join(folder, "1/stat"), STAT);
  writeFileSync(join(folder, "stat"), "cpu 1\nbtime 1700000000\n");
  return folder;
}

async function watched(some: object): Promise<readonly Sighting[]> {
  const lines: string[] = [];
  const base = { forSeconds: 0.02, everySeconds: 0.01, writes: false, connections: true };
  await watchConnections({ ...base, print: (line) => lines.push(line), proc: proc(), ...some });
  return lines.flatMap((line) => readLine(line) ?? []);
}

describe("a watcher", () => {
  test("tells each connection once, reads as often as it is told to, and ends", async () => {
    const seen = await watched({});
    expect(seen.filter(({ saw }) => saw === "connection")).toHaveLength(2);
    expect(seen.at(-1)).toEqual({ saw: "end" });
  });

  test("tells the user of the program and what it wrote", async () => {
    const root = join(proc(), "1/root");
    mkdirSync(join(root, "data"));
    writeFileSync(join(root, "data/new"), "");
    const seen = await watched({ writes: true, connections: false, self: { user: 1001, group: 8 } });
    expect(seen[0]).toEqual({ saw: "user", user: 1001, group: 8 });
    expect(seen).toContainEqual({ saw: "write", directory: "/data", hides: false });
    expect(seen.filter(({ saw }) => saw === "connection")).toEqual([]);
  });

  test("leaves the files to the user of the program", async () => {
    const seen = await watched({ writes: true, connections: false, self: { user: 1001, group: 1 } });
    expect(seen).toEqual([{ saw: "user", user: 1001, group: 8 }, { saw: "end" }]);
  });

  test("says why it cannot see files", async () => {
    const seen = await watched({ writes: true, proc: "/nowhere" });
    expect(seen).toEqual([{ saw: "nothing", of: "files", why: "nobody says when the program began" }, { saw: "end" }]);
  });

  test.each([
    ["watch-connections --for 60", { forSeconds: 60, writes: false, connections: true }],
    ["watch-connections --for 60 --writes --files-only", { forSeconds: 60, writes: true, connections: false }],
    ["watch-connections", undefined],
    ["watch-connections --for never", undefined],
  ])("takes %s", (line, expected) => {
    const options = watchOptions(line.split(" "), () => {});
    expect(options === undefined ? undefined : { ...options, print: undefined }).toEqual(
      expected === undefined ? undefined : { ...expected, print: undefined },
    );
  });
});

describe("what was written", () => {
  /** Files and folders with the time of their last change; parents after their children, since those change them. */
  function tree(entries: Readonly<Record<string, number>>): string {
    for (const path of Object.keys(entries)) {
      if (path.endsWith("/")) mkdirSync(join(folder, path), { recursive: true });
      else {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        writeFileSync(join(folder, path), "");
      }
    }
    const deepFirst = Object.entries(entries).sort(
      ([a], [b]) => b.split("/").length - a.split("/").length || b.length - a.length,
    );
    for (const [path, seconds] of deepFirst) utimesSync(join(folder, path), seconds, seconds);
    utimesSync(folder, OLD, OLD);
    return folder;
  }
  const written = (entries: Readonly<Record<string, number>>) => writtenSince(tree(entries), BEGAN);

  test.each([
    ["a new file", { "var/": OLD, "var/cache/": OLD, "var/cache/a": NEW }, [{ directory: "/var/cache", hides: false }]],
    [
      "a new file beside old ones",
      { "app/": OLD, "app/code": OLD, "app/pid": NEW },
      [{ directory: "/app", hides: true }],
    ],
    ["what is gone again", { "tmp/": NEW }, [{ directory: "/tmp", hides: false }]],
    [
      "folders that were made, by the one above",
      { "var/": OLD, "var/lib/": NEW, "var/lib/a/": NEW, "var/lib/a/b": NEW },
      [{ directory: "/var/lib", hides: false }],
    ],
    ["nothing", { "etc/": OLD, "etc/passwd": OLD }, []],
    ["nothing of what the runtime puts there", { "etc/": BEGAN + 1, "etc/hosts": NEW, "etc/resolv.conf": NEW }, []],
    ["nothing of the kernel's", { "proc/": OLD, "proc/x": NEW }, []],
  ])("is %s", (_what, entries, expected) => {
    expect(written(entries)).toEqual(expected);
  });

  test("is nothing behind a link", () => {
    const root = tree({ "data/": OLD, "data/a": OLD });
    symlinkSync("/tmp", join(root, "data/link"));
    utimesSync(join(root, "data"), OLD, OLD);
    expect(writtenSince(root, BEGAN)).toEqual([]);
  });

  test("needs a root that can be read", () => {
    expect(() => writtenSince(join(folder, "nowhere"), BEGAN)).toThrow(/ENOENT/);
  });
});

test("when a program began, and as whom, is read whatever it is called", () => {
  expect(startedSeconds(STAT, "btime 1700000000\n")).toBe(BEGAN);
  expect(startedSeconds("", "")).toBeUndefined();
  expect(ownerOf("nothing")).toBeUndefined();
});
