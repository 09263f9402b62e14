import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeImage } from "./oci.ts";
import { type TarEntry, writeTar } from "./tar.ts";

const LONG = `usr/share/${"deep/".repeat(25)}file`;

const ENTRIES: readonly TarEntry[] = [
  { kind: "file", path: "bin/tool", mode: 0o755, content: { text: "#!/bin/sh\n" } },
  { kind: "file", path: LONG, mode: 0o644, content: { text: "far down" } },
  { kind: "file", path: "etc/empty", mode: 0o600, content: { text: "" } },
  { kind: "link", path: "bin/other", target: "tool" },
  { kind: "folder", path: "tmp", mode: 0o1777 },
];

describe("an archive", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-tar-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const tar = (...args: string[]): string => spawnSync("tar", args, { encoding: "utf8" }).stdout;

  test("is read by tar, with every mode, link and long path, owned by root", () => {
    const file = join(folder, "some.tar");
    writeTar(file, ENTRIES);

    const lines = tar("--numeric-owner", "-tvf", file).trim().split("\n");

    expect(lines.map((line) => line.replace(/ +\d+ 1970-01-01 \d\d:\d\d/, ""))).toEqual([
      "lrwxrwxrwx 0/0 bin/other -> tool",
      "-rwxr-xr-x 0/0 bin/tool",
      "-rw------- 0/0 etc/empty",
      "drwxrwxrwt 0/0 tmp/",
      `-rw-r--r-- 0/0 ${LONG}`,
    ]);
    expect(tar("-xOf", file, LONG)).toBe("far down");
  });

  test("says its own digest and size", () => {
    const file = join(folder, "digest.tar");

    const { digest, size } = writeTar(file, ENTRIES);

    expect(readFileSync(file)).toHaveLength(size);
    expect(`sha256:${spawnSync("sha256sum", [file], { encoding: "utf8" }).stdout.split(" ")[0]}`).toBe(digest);
  });

  test("does not depend on the order of its entries, or on when its sources were written", () => {
    const source = join(folder, "source");
    const write = (name: string, entries: readonly TarEntry[]): string => {
      writeFileSync(source, "same bytes");
      return writeTar(join(folder, name), [...entries, { kind: "file", path: "x", mode: 0o644, content: { source } }])
        .digest;
    };

    expect(write("a.tar", ENTRIES)).toBe(write("b.tar", ENTRIES.toReversed()));
  });

  test("refuses a path that its format cannot hold", () => {
    const path = "x".repeat(101);

    expect(() => writeTar(join(folder, "bad.tar"), [{ kind: "folder", path, mode: 0o755 }])).toThrow("too long");
  });
});

describe("an image", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-oci-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is a layout in which every descriptor leads to a blob of that digest and size", () => {
    const file = join(folder, "image.tar");
    writeImage(file, { name: "registry.example.com/some:1", config: { Cmd: ["/bin/tool"] }, files: ENTRIES });
    spawnSync("tar", ["-xf", file, "-C", folder]);
    const json = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8"));
    const pathOf = ({ digest, size }: { readonly digest: string; readonly size: number }): string => {
      const path = `blobs/${digest.replace(":", "/")}`;
      expect(readFileSync(join(folder, path))).toHaveLength(size);
      expect(spawnSync("sha256sum", [join(folder, path)], { encoding: "utf8" }).stdout).toContain(digest.slice(7));
      return path;
    };

    const [named] = json("index.json").manifests;
    const manifest = json(pathOf(named));
    const config = json(pathOf(manifest.config));

    expect(named.annotations).toEqual({ "io.containerd.image.name": "registry.example.com/some:1" });
    expect(config).toMatchObject({ os: "linux", config: { Cmd: ["/bin/tool"] } });
    expect(manifest.layers.map(pathOf)).toHaveLength(1);
    expect(config.rootfs.diff_ids).toEqual(manifest.layers.map(({ digest }: { digest: string }) => digest));
  });

  test("is the same to the last byte every time", () => {
    const image = { name: "registry.example.com/some:1", config: {}, files: ENTRIES };
    const [one, two] = [join(folder, "one.tar"), join(folder, "two.tar")];
    writeImage(one, image);
    writeImage(two, image);

    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
  });
});
