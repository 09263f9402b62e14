/** Under which terms a package may be used here. Pure, but for reading the lock file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.ts";

/** Terms that ask for no more than a notice, which dist/ and the image carry. */
const SHIPPED: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "PSF-2.0",
  "Unlicense",
]);
/** Tools and their data are handed to nobody. */
const DEVELOPMENT: ReadonlySet<string> = new Set([...SHIPPED, "CC-BY-3.0", "CC-BY-4.0", "MPL-2.0", "Python-2.0"]);

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  /** Of a workspace: it is ours. */
  readonly link?: boolean;
}

/** An expression of SPDX: of alternatives one must be allowed, of additions all. What is not understood is not allowed. */
export function allows(allowed: ReadonlySet<string>, expression: string): boolean {
  const bare = /^\(([^()]*)\)$/.exec(expression)?.[1] ?? expression;
  return bare.split(" OR ").some((choice) => choice.split(" AND ").every((term) => allowed.has(term)));
}

/** A line for each package whose terms are not allowed. */
export const refusedPackages = (packages: Readonly<Record<string, LockedPackage>>): readonly string[] =>
  Object.entries(packages)
    .filter(([path, { link }]) => path.startsWith("node_modules/") && link !== true)
    .filter(([, { license = "", dev }]) => !allows(dev === true ? DEVELOPMENT : SHIPPED, license))
    .map(([path, { version, license, dev }]) => {
      const use = dev === true ? "for development" : "shipped";
      return `${path.replace(/^.*node_modules\//, "")} ${version}, ${use}: ${license ?? "no licence"}`;
    });

export const lockedPackages = (): Readonly<Record<string, LockedPackage>> =>
  (
    JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      readonly packages: Readonly<Record<string, LockedPackage>>;
    }
  ).packages;
