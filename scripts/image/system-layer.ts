/** What Node needs of a system and nothing else: its libraries with their terms, one user, and how names are looked up. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { type Downloads, osRelease, unpackArchives } from "./debian.ts";
import { type Layer, type LayerOptions, writeLayer } from "./oci.ts";
import { type Architecture, PLATFORMS } from "./platforms.ts";
import { copiedFile, type TarEntry, textFile } from "./tar.ts";

/** In the image nothing belongs to it, so that the process can change nothing even where a file system is writable. */
export const USER = 65_532;

/** What Node is linked to, and what those are. The end-to-end tests look into the programs whether it is all. */
const LIBRARIES = ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"];

/** Writes the layer to `file`. Throws when a library is in none of the packages. */
export async function writeSystemLayer(
  file: string,
  architecture: Architecture,
  downloads: Downloads,
  options: LayerOptions,
): Promise<Layer> {
  const root = mkdtempSync(join(tmpdir(), "palisade-system-"));
  try {
    unpackArchives(downloads.folder, root);
    const entries = [...accountFiles(), ...libraries(root, architecture), ...records(root, downloads)];
    return await writeLayer(file, entries, options);
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
function libraries(root: string, architecture: Architecture): readonly TarEntry[] {
  const { libraries: folder, loader } = PLATFORMS[architecture];
  const links = [...new Set(["lib", dirname(loader)])];
  return [
    copiedFile(`usr/${loader}`, libraryFile(root, folder, basename(loader)), 0o755),
    ...LIBRARIES.map((name) => copiedFile(`usr/${folder}/${name}`, libraryFile(root, folder, name))),
    ...links.map((path): TarEntry => ({ kind: "link", path, target: `usr/${path}` })),
  ];
}

/** Packages from before Debian 13 still say /lib where they mean /usr/lib. */
function libraryFile(root: string, folder: string, name: string): string {
  const file = ["usr", ""].map((top) => join(root, top, folder, name)).find((path) => existsSync(path));
  if (file !== undefined) return realpathSync(file);
  throw new Error(`none of the packages has ${name}, which Node needs: add one to scripts/image/debian.ts`);
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
