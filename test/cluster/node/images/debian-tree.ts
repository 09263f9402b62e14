/** Programs out of Debian packages, with the libraries they need: downloaded and unpacked, never installed. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../space.ts";

const LOADERS: Readonly<Record<string, string>> = {
  x64: "/lib64/ld-linux-x86-64.so.2",
  arm64: "/lib/ld-linux-aarch64.so.1",
};

/** A file of an image, at `path`, and where its bytes are now. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

export interface DebianTree {
  /** Where the packages are unpacked. */
  readonly root: string;
  /** The programs, their loader and their libraries. */
  readonly files: readonly SourceFile[];
}

/**
 * Unpacks `packages` and, level by level, what they depend on, until every library of the programs is there. Level by
 * level, because all that a package depends on is far more than its programs link to.
 */
export function debianTree(packages: readonly string[], programs: readonly string[], folder: string): DebianTree {
  const root = join(folder, "root");
  mergeUsr(root);
  const seen = new Set<string>();
  for (let level = packages; level.length > 0; level = dependenciesOf(level).filter((name) => !seen.has(name))) {
    for (const name of level) seen.add(name);
    unpack(level, root);
    const libraries = librariesOf(root, programs);
    if (libraries !== undefined) return { root, files: filesOf(root, [...programs, ...libraries]) };
  }
  throw new Error(`no dependency of ${packages.join(", ")} has the libraries of ${programs.join(", ")}`);
}

/** As on every Debian since 12; older packages still say /lib and mean /usr/lib. */
function mergeUsr(root: string): void {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
}

function dependenciesOf(packages: readonly string[]): readonly string[] {
  const output = run(["apt-cache", "depends", "--no-recommends", "--no-suggests", ...packages]);
  return [...output.matchAll(/^ {2}(?:Pre)?Depends: ([a-z0-9.+-]+)$/gm)].map(([, name = ""]) => name);
}

function unpack(packages: readonly string[], root: string): void {
  const downloads = mkdtempSync(join(tmpdir(), "palisade-debs-"));
  try {
    const { status, stderr } = spawnSync("apt-get", ["--quiet", "download", ...packages], {
      cwd: downloads,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`apt-get cannot download ${packages.join(", ")}; try apt-get update: ${stderr}`);
    for (const file of readdirSync(downloads)) run(["dpkg-deb", "--extract", join(downloads, file), root]);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/** Asks the tree's own loader; undefined while it, a program or a library is missing. */
function librariesOf(root: string, programs: readonly string[]): readonly string[] | undefined {
  const loader = LOADERS[process.arch];
  if (loader === undefined) throw new Error(`images are made for x64 and arm64 only, and this is ${process.arch}`);
  if (![loader, ...programs].every((path) => existsSync(join(root, path)))) return undefined;
  const found = new Set([loader]);
  for (const program of programs) {
    const { status, stdout } = spawnSync("chroot", [root, loader, "--list", program], { encoding: "utf8" });
    if (status !== 0 || stdout.includes("not found")) return undefined;
    for (const [, path = ""] of stdout.matchAll(/ => (\/\S+)/g)) found.add(path);
  }
  return [...found];
}

const filesOf = (root: string, paths: readonly string[]): readonly SourceFile[] =>
  paths.map((path) => ({ path, source: realpathSync(join(root, path)) }));
