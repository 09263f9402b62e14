/** Which sources an image is made from, and when it is to have been made. */
import { spawnSync } from "node:child_process";

/**
 * The commit, where the tree is exactly that commit: files that git knows not of may be in an image, too. Undefined otherwise, so that
 * nothing is said to be what it is not.
 */
export function revisionOf(root: string): string | undefined {
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  return git("status", "--porcelain") === "" ? git("rev-parse", "HEAD") : undefined;
}

/** Of SOURCE_DATE_EPOCH, as the Reproducible Builds project specifies it; the beginning of time unless set. Throws when it is no number. */
export function epochOf(value: string | undefined): { readonly epoch: number; readonly created: string | undefined } {
  if (value === undefined || value === "") return { epoch: 0, created: undefined };
  if (!/^\d{1,10}$/.test(value)) throw new Error(`SOURCE_DATE_EPOCH is ${value}; it must be whole seconds since 1970`);
  const epoch = Number(value);
  return { epoch, created: new Date(epoch * 1_000).toISOString().replace(".000Z", "Z") };
}
