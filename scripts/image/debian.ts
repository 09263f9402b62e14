/**
 * Packages of the distribution, for any architecture: apt with a state of its own, so that neither root nor a foreign
 * architecture set up on the machine is needed, and nothing is installed. apt checks the signatures.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../test/cluster/node/space.ts";
import { codeKey, keep } from "./cache.ts";
import type { Architecture } from "./platforms.ts";

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Of the package's archive, in hexadecimal. */
  readonly sha256: string;
  /** The whole control file, as scanners read it. */
  readonly control: string;
}

export interface Downloads {
  /** With the archives in it. */
  readonly folder: string;
  readonly packages: readonly DebianPackage[];
}

const LIBRARY_PACKAGES = ["libc6", "libgcc-s1", "libstdc++6"];
/** The libraries of GCC have their terms in a package of their own, which has the release of GCC in its name. */
const TERMS_PACKAGE = /\bgcc-\d+-base\b/;

/** The packages of Node's libraries and their terms: as new as the mirror has them when `again`, else perhaps older. */
export async function libraryPackages(cache: string, architecture: Architecture, again: boolean): Promise<Downloads> {
  needApt();
  const make = (folder: string) => download(architecture, folder);
  const { folder, facts } = await keep(
    cache,
    { name: `debian-${architecture}`, inputs: [osRelease(), codeKey()], make },
    again,
  );
  return { folder, packages: facts };
}

/** What the distribution calls itself, and scanners look up. */
export const osRelease = (): string => readFileSync("/etc/os-release", "utf8");

function needApt(): void {
  if (["/usr/bin/apt-get", "/usr/bin/dpkg-deb"].every((path) => existsSync(path))) return;
  throw new Error(
    "make image needs a Debian or Ubuntu machine: Node's libraries come from its packages, by apt-get and dpkg-deb. " +
      "Elsewhere, build the Dockerfile on a base of your own: docs/guides/image.md says how.",
  );
}

function download(architecture: Architecture, folder: string): readonly DebianPackage[] {
  const state = join(folder, "apt");
  const apt = (args: readonly string[]): string =>
    run(["env", `--chdir=${folder}`, "apt-get", "--quiet", ...privateState(state, architecture), ...args]);
  apt(["update"]);
  apt(["download", ...LIBRARY_PACKAGES]);
  const [terms] = TERMS_PACKAGE.exec(run(["dpkg-deb", "--field", archiveOf(folder, "libgcc-s1"), "Depends"])) ?? [];
  if (terms !== undefined) apt(["download", terms]);
  rmSync(state, { recursive: true });
  return archivesIn(folder).map((file) => packageOf(join(folder, file)));
}

/** Makes the folders, and names them to apt. As root, apt would go to a user of its own, who cannot write there. */
function privateState(state: string, architecture: Architecture): readonly string[] {
  for (const path of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(state, path), { recursive: true });
  writeFileSync(join(state, "status"), "");
  return [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, "status")}`,
    `Dir::Cache=${join(state, "cache")}`,
    `APT::Architecture=${architecture}`,
    `APT::Architectures::=${architecture}`,
    "APT::Sandbox::User=",
    "Acquire::Languages=none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
  ].map((option) => `--option=${option}`);
}

const archivesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".deb"))
    .sort();

function archiveOf(folder: string, name: string): string {
  const file = archivesIn(folder).find((archive) => archive.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`apt-get downloaded no ${name}`);
  return join(folder, file);
}

function packageOf(file: string): DebianPackage {
  const control = run(["dpkg-deb", "--field", file]);
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(control)?.[1] ?? "";
  return {
    name: field("Package"),
    version: field("Version"),
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
    control,
  };
}

/** Unpacks every archive of a folder below `root`. */
export function unpackArchives(folder: string, root: string): void {
  for (const file of archivesIn(folder)) run(["dpkg-deb", "--extract", join(folder, file), root]);
}
