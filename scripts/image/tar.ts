/** Tar archives that depend on nothing but what is in them: one time, no owner, and an order of their own. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { type Header, type Pack, pack } from "tar-stream";

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

/**
 * Writes `entries` to `file`, sorted by path with every folder before what is in it. Paths have no leading slash. All are
 * as old as `epoch` says, in seconds: the beginning of time unless set.
 */
export async function writeTar(file: string, entries: readonly TarEntry[], epoch = 0): Promise<WrittenFile> {
  const archive = pack();
  const hash = createHash("sha256");
  let size = 0;
  async function* measured() {
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  await Promise.all([writeFile(file, measured()), addAll(archive, entries, new Date(epoch * 1_000))]);
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

async function addAll(archive: Pack, entries: readonly TarEntry[], mtime: Date): Promise<void> {
  for (const entry of [...entries].sort(byPath)) await add(archive, entry, mtime);
  archive.finalize();
}

const byPath = (a: TarEntry, b: TarEntry): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

/** Resolves when the archive takes more. */
async function add(archive: Pack, entry: TarEntry, mtime: Date): Promise<void> {
  const bytes = entry.kind === "file" ? await bytesOf(entry.content) : Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    archive.entry({ ...headerOf(entry), mtime }, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

function headerOf(entry: TarEntry): Pick<Header, "name"> & Partial<Header> {
  const { kind, path: name } = entry;
  if (kind === "link") return { name, type: "symlink", linkname: entry.target, mode: 0o777 };
  if (kind === "folder") return { name: `${name}/`, type: "directory", mode: entry.mode };
  return { name, type: "file", mode: entry.mode };
}

const bytesOf = async (content: FileContent): Promise<Buffer> =>
  "text" in content ? Buffer.from(content.text) : await readFile(content.source);
