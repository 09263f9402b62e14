/** The command line as a package of npm, without a dependency: `npx --package palisade-VERSION.tgz palisade`. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleParts, type Parts } from "../image/bundle.ts";

const PROGRAM = "palisade.mjs";

/** Writes the archive into `output` and returns its path. `parts` are bundled unless they are there. */
export async function packCommandLine(root: string, version: string, output: string, parts?: Parts): Promise<string> {
  const { files, npm } = parts ?? (await bundleParts(root, version));
  const folder = mkdtempSync(join(tmpdir(), "palisade-npm-"));
  try {
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
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
