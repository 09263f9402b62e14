/** Texts kept beside the tests: what was once read and found right. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const GOLDEN = join(import.meta.dirname, "..", "golden");

/** The text that `file` keeps; with UPDATE_GOLDEN=1, or where there is none yet, it keeps `text` from now on. */
export function golden(file: string, text: string): string {
  const path = join(GOLDEN, file);
  if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return readFileSync(path, "utf8");
}
