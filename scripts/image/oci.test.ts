import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { type Descriptor, type Image, writeArchive, writeLayer } from "./oci.ts";
import type { Architecture } from "./platforms.ts";
import { type TarEntry, type WrittenFile, writeTar } from "./tar.ts";

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

  test("is read by tar, with every mode, link and long path, owned by root", async () => {
    const file = join(folder, "some.tar");
    await writeTar(file, ENTRIES);

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

  test("says its own digest and size", async () => {
    const file = join(folder, "digest.tar");

    const { digest, size } = await writeTar(file, ENTRIES);

    expect(readFileSync(file)).toHaveLength(size);
    expect(`sha256:${spawnSync("sha256sum", [file], { encoding: "utf8" }).stdout.split(" ")[0]}`).toBe(digest);
  });

  test("does not depend on the order of its entries, or on when its sources were written", async () => {
    const source = join(folder, "source");
    const write = (name: string, entries: readonly TarEntry[]): Promise<WrittenFile> => {
      writeFileSync(source, "same bytes");
      return writeTar(join(folder, name), [...entries, { kind: "file", path: "x", mode: 0o644, content: { source } }]);
    };

    expect(await write("a.tar", ENTRIES)).toEqual(await write("b.tar", ENTRIES.toReversed()));
  });

  test("is as old as it is told", async () => {
    const file = join(folder, "old.tar");
    await writeTar(file, ENTRIES, 1_700_000_000);

    expect(tar("--utc", "-tvf", file)).toContain("2023-11-14 22:13");
  });
});

describe("an image", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-oci-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const NAME = "registry.example.com:5000/some:1.2";
  const imageFor = async (architecture: Architecture, compress: boolean): Promise<Image> => ({
    architecture,
    config: { User: "65532:65532", Cmd: ["/bin/tool"] },
    layers: [await writeLayer(join(folder, `layer-${compress}`), ENTRIES, { compress })],
  });
  const pathOf = ({ digest, size }: Descriptor, unpacked: string): string => {
    const path = join(unpacked, `blobs/${digest.replace(":", "/")}`);
    expect(readFileSync(path)).toHaveLength(size);
    expect(spawnSync("sha256sum", [path], { encoding: "utf8" }).stdout).toContain(digest.slice(7));
    return path;
  };
  const unpack = (file: string): string => {
    const unpacked = mkdtempSync(join(folder, "layout-"));
    spawnSync("tar", ["-xf", file, "-C", unpacked]);
    return unpacked;
  };
  const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

  test.each([
    { compress: false, media: "application/vnd.oci.image.layer.v1.tar" },
    { compress: true, media: "application/vnd.oci.image.layer.v1.tar+zstd" },
  ])("is a layout in which every descriptor leads to a blob: $media", async ({ compress, media }) => {
    const file = join(folder, "image.tar");
    const top = await writeArchive(file, NAME, [await imageFor("arm64", compress)]);
    const unpacked = unpack(file);

    const [named] = json(join(unpacked, "index.json")).manifests;
    const manifest = json(pathOf(named, unpacked));
    const config = json(pathOf(manifest.config, unpacked));
    const [layer] = manifest.layers;
    const bytes = readFileSync(pathOf(layer, unpacked));
    const plain = compress ? zstdDecompressSync(bytes) : bytes;

    expect(named).toMatchObject({ digest: top.digest, platform: { architecture: "arm64", os: "linux" } });
    expect(named.annotations).toEqual({
      "io.containerd.image.name": NAME,
      "org.opencontainers.image.ref.name": "1.2",
    });
    expect(config).toMatchObject({ os: "linux", architecture: "arm64", config: { User: "65532:65532" } });
    expect(layer.mediaType).toBe(media);
    expect(config.rootfs.diff_ids).toEqual([`sha256:${createHash("sha256").update(plain).digest("hex")}`]);
  });

  test("for several architectures is one name, an index below it, and shared layers once", async () => {
    const file = join(folder, "both.tar");
    const top = await writeArchive(file, NAME, [await imageFor("amd64", true), await imageFor("arm64", true)]);
    const unpacked = unpack(file);

    const { manifests } = json(join(unpacked, "index.json"));
    const { manifests: listed } = json(pathOf(manifests[0], unpacked));

    expect(manifests).toHaveLength(1);
    expect(manifests[0].digest).toBe(top.digest);
    expect(listed.map(({ platform }: { platform: object }) => platform)).toEqual([
      { architecture: "amd64", os: "linux" },
      { architecture: "arm64", os: "linux" },
    ]);
    // The index, and for each architecture a manifest and a configuration; the layer is the same.
    expect(readdirSync(join(unpacked, "blobs/sha256"))).toHaveLength(6);
  });

  test("is the same to the last byte every time", async () => {
    const [one, two] = [join(folder, "one.tar"), join(folder, "two.tar")];
    for (const file of [one, two]) await writeArchive(file, NAME, [await imageFor("amd64", true)]);

    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
  });
});
