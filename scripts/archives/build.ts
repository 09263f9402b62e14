/**
 * The command line for one platform, with its own Node.js: a folder in a `tar.gz`, the same bytes on any machine. Not a single executable: putting the program into
 * Node's would break the signature without which macOS starts nothing, and would load every command at once.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import type { Bundle } from "../image/bundle.ts";
import { copiedFile, type TarEntry, textFile, writeTar } from "../image/tar.ts";
import { SHELL_LAUNCHER, WINDOWS_LAUNCHER } from "./launcher.ts";
import { type ArchivePlatform, nameOf } from "./platforms.ts";

export interface Archive {
  readonly platform: Pick<ArchivePlatform, "os" | "arch">;
  readonly file: string;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

interface Making {
  readonly root: string;
  readonly version: string;
  readonly bundle: Bundle;
  /** Node.js of the platform. */
  readonly node: string;
  readonly output: string;
  /** Of gzip; the best unless set. */
  readonly level?: number;
}

const PROGRAM = 0o755;

export const programOf = ({ os }: Pick<ArchivePlatform, "os">): string =>
  os === "windows" ? "palisade.cmd" : "palisade";

export async function makeArchive(platform: Archive["platform"], making: Making): Promise<Archive> {
  const { version, output, level = constants.Z_BEST_COMPRESSION } = making;
  const file = join(output, `palisade-${version}-${nameOf(platform)}.tar.gz`);
  const work = mkdtempSync(join(tmpdir(), "palisade-archive-"));
  try {
    mkdirSync(output, { recursive: true });
    await writeTar(join(work, "all.tar"), entriesOf(platform, making));
    await pipeline(createReadStream(join(work, "all.tar")), createGzip({ level }), createWriteStream(file));
  } finally {
    rmSync(work, { recursive: true });
  }
  return { platform, file, sha256: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

function entriesOf(platform: Archive["platform"], { root, bundle, node }: Making): readonly TarEntry[] {
  const isWindows = platform.os === "windows";
  const launcher = textFile(programOf(platform), isWindows ? WINDOWS_LAUNCHER : SHELL_LAUNCHER);
  return [
    { ...launcher, mode: PROGRAM } as TarEntry,
    { kind: "folder", path: "lib", mode: PROGRAM },
    copiedFile(isWindows ? "lib/node.exe" : "lib/node", node, PROGRAM),
    ...bundle.files.map(({ path, text }) => textFile(`lib/${path}`, text)),
    textFile("THIRD-PARTY", bundle.npm.terms),
    copiedFile("LICENSE", join(root, "LICENSE")),
    copiedFile("README.md", join(root, "README.md")),
  ];
}
