/** Writes tar archives that depend on nothing but what is in them: one time, no owner, and an order of their own. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

export type TarEntry =
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: FileContent };

/** A file's bytes: given, or to be read from a path when their turn comes. */
export type FileContent = { readonly text: string } | { readonly source: string };

export const textFile = (path: string, text: string): TarEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  content: { text },
});

/** A copy of a file of this machine. */
export const copiedFile = (path: string, source: string, mode = 0o644): TarEntry => ({
  kind: "file",
  path,
  mode,
  content: { source },
});

export interface WrittenFile {
  readonly digest: string;
  readonly size: number;
}

const BLOCK = 512;

/**
 * Writes `entries` to `file`, sorted by path with every folder before what is in it. Paths have no leading slash. All are
 * as old as `epoch` says, in seconds: the beginning of time unless set.
 */
export function writeTar(file: string, entries: readonly TarEntry[], epoch = 0): WrittenFile {
  const hash = createHash("sha256");
  const output = openSync(file, "w");
  let size = 0;
  const write = (bytes: Buffer): void => {
    hash.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(output, bytes, done);
    size += bytes.length;
  };
  try {
    for (const entry of [...entries].sort(byPath)) {
      const bytes = bytesOf(entry);
      write(header(entry, bytes.length, epoch));
      write(bytes);
      write(Buffer.alloc(-bytes.length & (BLOCK - 1)));
    }
    write(Buffer.alloc(2 * BLOCK));
  } finally {
    closeSync(output);
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

const byPath = (a: TarEntry, b: TarEntry): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

function bytesOf(entry: TarEntry): Buffer {
  if (entry.kind !== "file") return Buffer.alloc(0);
  return "text" in entry.content ? Buffer.from(entry.content.text) : readFileSync(entry.content.source);
}

const TYPES = { file: "0", link: "2", folder: "5" } as const;

/** A ustar header (POSIX.1-1988), owned by root. */
function header(entry: TarEntry, size: number, epoch: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { name, prefix } = split(entry.kind === "folder" ? `${entry.path}/` : entry.path);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0, 100);
  block.write(octal(entry.kind === "link" ? 0o777 : entry.mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(epoch, 11), 136);
  block.write(" ".repeat(8), 148);
  block.write(TYPES[entry.kind], 156);
  if (entry.kind === "link") block.write(entry.target, 157, 100);
  block.write("ustar\u000000", 257);
  block.write(prefix, 345, 155);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A path of more than 100 bytes is parted at a slash, with up to 155 before it. */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100 && name !== "") return { name, prefix };
  }
  throw new Error(`a tar archive cannot hold the path ${path}: it is too long`);
}
