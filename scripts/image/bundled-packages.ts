/** The npm packages that really are in a bundle, as opposed to those that are installed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** What the lock file says of its archive: `sha512-…`. */
  readonly integrity: string;
  /** Where it lies, `node_modules/pino` for example. */
  readonly folder: string;
  /** The folders of bundled packages that it imports. */
  readonly imports: readonly string[];
}

/** Sorted by name, then version; and the folders of those that the operator's own code imports. */
export interface BundledPackages {
  readonly packages: readonly BundledPackage[];
  readonly direct: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

const FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/** Throws when a package does not say its licence, or is not in the lock file. */
export function bundledPackages(root: string, metafile: Metafile): BundledPackages {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  const edges = importsOf(metafile);
  const folders = [...edges.keys()].filter((folder) => folder !== OWN);
  const importsFrom = (folder: string): readonly string[] =>
    [...(edges.get(folder) ?? [])].filter((other) => other !== folder && folders.includes(other)).sort();
  const packages = folders.map((folder) => ({ ...describe(root, folder, lock), imports: importsFrom(folder) }));
  return {
    packages: packages.sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`)),
    direct: importsFrom(OWN),
  };
}

/** In place of a folder, for what is in no package. */
const OWN = "";

/** Files of which nothing is left in the bundle do not count. */
function importsOf({ inputs, outputs }: Metafile): ReadonlyMap<string, ReadonlySet<string>> {
  const left = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const edges = new Map<string, Set<string>>();
  for (const [file] of left) {
    const folder = folderOf(file);
    const targets = edges.get(folder) ?? new Set();
    edges.set(folder, targets);
    for (const { path } of inputs[file]?.imports ?? []) targets.add(folderOf(path));
  }
  return edges;
}

const folderOf = (file: string): string => FOLDER.exec(file)?.[0] ?? OWN;

function describe(root: string, folder: string, lock: LockFile): Omit<BundledPackage, "imports"> {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
  const { name, version, license } = manifest;
  const integrity = lock.packages[folder]?.integrity;
  if (license === undefined) throw new Error(`${name} ${version} does not say its licence`);
  if (integrity === undefined) throw new Error(`${name} ${version} is not in package-lock.json: run npm install`);
  return { name, version, license, integrity, folder };
}

/** The terms of all of them, in one text. */
export const termsOf = (root: string, { packages }: BundledPackages): string =>
  packages
    .map(({ name, version, license, folder }) => [
      `${name} ${version} (${license})`,
      ...filesOfTerms(join(root, folder)),
    ])
    .map((parts) => `${parts.join("\n\n")}\n`)
    .join(`\n${"-".repeat(80)}\n\n`);

const filesOfTerms = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
