/** What Node needs of a system and nothing else: its libraries with their terms, one user, and how names are looked up. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Downloads, osRelease, unpackArchives } from "./debian.ts";
import { linkageOf } from "./elf.ts";
import { type Layer, type LayerOptions, writeLayer } from "./oci.ts";
import { type Architecture, PLATFORMS } from "./platforms.ts";
import { copiedFile, type TarEntry, textFile } from "./tar.ts";

/** In the image nothing belongs to it, so that the process can change nothing even where a file system is writable. */
export const USER = 65_532;

export interface SystemLayerInput {
  readonly architecture: Architecture;
  readonly node: string;
  readonly downloads: Downloads;
}

/** Writes the layer to `file`. Throws when a library that Node is linked to is in none of the packages. */
export function writeSystemLayer(file: string, input: SystemLayerInput, options: LayerOptions): Layer {
  const root = mkdtempSync(join(tmpdir(), "palisade-system-"));
  try {
    unpackArchives(input.downloads.folder, root);
    return writeLayer(file, [...accountFiles(), ...libraries(root, input), ...records(root, input.downloads)], options);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const accountFiles = (): readonly TarEntry[] => [
  textFile(
    "etc/passwd",
    `root:x:0:0:root:/:/nonexistent\nnonroot:x:${USER}:${USER}:nonroot:/nonexistent:/nonexistent\n`,
  ),
  textFile("etc/group", `root:x:0:\nnonroot:x:${USER}:\n`),
  textFile("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
];

/** The loader where Node looks for it, the rest where the loader looks for it. */
function libraries(root: string, { architecture, node }: SystemLayerInput): readonly TarEntry[] {
  const { loader } = linkageOf(readFileSync(node));
  if (loader === undefined) throw new Error("Node names no loader");
  const folder = PLATFORMS[architecture].libraries;
  const [top = ""] = loader.slice(1).split("/");
  const entries = librariesOf(root, folder, node).map(([name, source]) =>
    loader.endsWith(`/${name}`)
      ? copiedFile(`usr${loader}`, source, 0o755)
      : copiedFile(`usr/${folder}/${name}`, source),
  );
  return [
    ...entries,
    ...[...new Set(["lib", top])].map((path): TarEntry => ({ kind: "link", path, target: `usr/${path}` })),
  ];
}

/** Everything that Node, or a library it needs, is linked to: names, and the files they lead to. */
function librariesOf(root: string, folder: string, node: string): readonly (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const todo = [node]; todo.length > 0; ) {
    const file = todo.pop() ?? "";
    for (const name of linkageOf(readFileSync(file)).needed.filter((needed) => !found.has(needed))) {
      const library = libraryFile(root, folder, name);
      found.set(name, library);
      todo.push(library);
    }
  }
  return [...found];
}

/** Packages from before Debian 13 still say /lib where they mean /usr/lib. */
function libraryFile(root: string, folder: string, name: string): string {
  const file = ["usr", ""].map((top) => join(root, top, folder, name)).find((path) => existsSync(path));
  if (file !== undefined) return realpathSync(file);
  throw new Error(`Node needs ${name}, which none of the packages has: add one to scripts/image/debian.ts`);
}

/** By which scanners find the packages, as in images without a package manager, and the terms they come under. */
function records(root: string, { packages }: Downloads): readonly TarEntry[] {
  const terms = new Set(packages.map(({ name }) => realpathSync(join(root, "usr/share/doc", name, "copyright"))));
  return [
    textFile("etc/os-release", osRelease()),
    ...packages.map(({ name, control }) => textFile(`var/lib/dpkg/status.d/${name}`, control)),
    ...[...terms].map((source) => copiedFile(relative(realpathSync(root), source), source)),
  ];
}
