/** A file that somebody else replaces: a mounted Secret or ConfigMap, a rotated token. */
import { readFileSync, statSync } from "node:fs";

/** A replaced file is followed within this time; a token lives for an hour, a replaced one for as long as it was valid. */
const CHECK_EVERY_MS = 1_000;

/**
 * The file's trimmed text, read again when the file was touched or replaced; with `now` it is read at once. A file missing for
 * a moment keeps its last text; one that was never there throws.
 */
export function followedFile(path: string): (now?: boolean) => string {
  let seen = "";
  let checkedMs = Number.NEGATIVE_INFINITY;
  let text: string | undefined;
  return (now = false) => {
    const atMs = performance.now();
    if (text !== undefined && !now && atMs - checkedMs < CHECK_EVERY_MS) return text;
    checkedMs = atMs;
    try {
      const { mtimeMs, ino, size } = statSync(path);
      // Clocks of file systems are coarse: two files made in one tick differ by their inode alone.
      const found = `${mtimeMs} ${ino} ${size}`;
      if (text === undefined || now || found !== seen) text = readFileSync(path, "utf8").trim();
      seen = found;
    } catch (error) {
      if (text === undefined) throw error;
    }
    return text;
  };
}
