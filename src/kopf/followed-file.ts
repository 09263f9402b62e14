/** Reads a file that others replace: a mounted Secret or ConfigMap, a rotated token. */
import { readFileSync, statSync } from "node:fs";

/** A replaced file is read within this time. */
const CHECK_EVERY_MS = 1_000;

/**
 * Returns a function that returns the file's trimmed text, and reads it again when it was touched or replaced; with `now`,
 * always. Keeps the last text while the file is missing. Throws if the file never existed.
 */
export function followedFile(path: string): (now?: boolean) => string {
  let seen = "";
  let checkedMs = Number.NEGATIVE_INFINITY;
  let text: string | undefined;
  const read = (now: boolean): string => {
    const { mtimeMs, ino, size } = statSync(path);
    // File systems have coarse clocks: two files of one tick differ by inode only.
    const found = `${mtimeMs} ${ino} ${size}`;
    const isUnchanged = text !== undefined && !now && found === seen;
    if (!isUnchanged) text = readFileSync(path, "utf8").trim();
    seen = found;
    return text ?? "";
  };
  return (now = false) => {
    const atMs = performance.now();
    if (text !== undefined && !now && atMs - checkedMs < CHECK_EVERY_MS) return text;
    checkedMs = atMs;
    try {
      return read(now);
    } catch (error) {
      if (text === undefined) throw error;
      return text;
    }
  };
}
