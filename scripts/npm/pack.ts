/** The command line as a package of npm, without a dependency: `npx --package palisade-VERSION.tgz palisade`. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bundle, bundle, PROGRAM, writeBundle } from "../image/bundle.ts";

/** Writes the archive into `output` and returns its path. It bundles unless `bundled` is there. */
export async function packCommandLine(
  root: string,
  version: string,
  output: string,
  bundled?: Bundle,
): Promise<string> {
  const { files, npm } = bundled ?? (await bundle(root, version));
  const folder = mkdtempSync(join(tmpdir(), "palisade-npm-"));
  try {
    writeBundle({ files }, folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifestOf(version), undefined, 2));
    writeFileSync(join(folder, "THIRD-PARTY"), npm.terms);
    for (const name of ["LICENSE", "README.md"]) copyFileSync(join(root, name), join(folder, name));
    mkdirSync(output, { recursive: true });
    const args = ["pack", folder, "--pack-destination", output, "--silent", "--offline"];
    return join(output, execFileSync("npm", args, { encoding: "utf8" }).trim());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Under its second name it is a plugin of kubectl. */
const manifestOf = (version: string): object => ({
  name: "palisade",
  version,
  description: "Runs workloads locked down on Kubernetes, and brings there what runs today.",
  license: "Apache-2.0",
  type: "module",
  bin: { palisade: PROGRAM, "kubectl-palisade": PROGRAM },
  engines: { node: ">=24" },
});
