/** The command line as an archive for each platform, and krew's manifest of them: `node scripts/archives.ts [--output FOLDER] [--base URL]`. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "../test/cluster/node/space.ts";
import { CACHE_ROOT } from "../test/cluster/paths.ts";
import { type Archive, makeArchive } from "./archives/build.ts";
import { krewManifest } from "./archives/krew.ts";
import { ARCHIVE_PLATFORMS, type ArchivePlatform, nameOf } from "./archives/platforms.ts";
import { builtVersion, bundle } from "./image/bundle.ts";
import { keep } from "./image/cache.ts";
import { checkIntegrity } from "./image/node-runtime.ts";
import { root } from "./run.ts";

const { values } = parseArgs({
  options: {
    output: { type: "string", default: join(root, "dist") },
    base: { type: "string", default: "https://downloads.example.com/palisade" },
  },
});
const version = builtVersion(root);

/** Downloads the package where the cache has it not yet, and throws unless it is the one that was recorded. */
async function nodeOf({ nodePackage, nodeVersion, integrity, binary }: ArchivePlatform): Promise<string> {
  const { folder } = await keep(join(CACHE_ROOT, "archives"), {
    name: `${nodePackage}-${nodeVersion}`,
    inputs: [integrity, binary],
    make: (fresh) => {
      const name = `${nodePackage}@${nodeVersion}`;
      const packed = join(fresh, run(["npm", "pack", name, "--silent", "--pack-destination", fresh]).trim());
      checkIntegrity(name, readFileSync(packed), integrity);
      run(["tar", "-xzf", packed, "-C", fresh, `package/${binary}`]);
      rmSync(packed);
      return {};
    },
  });
  return join(folder, "package", binary);
}

const bundled = await bundle(root, version);
const archives: Archive[] = [];
for (const platform of ARCHIVE_PLATFORMS) {
  const node = await nodeOf(platform);
  const archive = await makeArchive(platform, { root, version, bundle: bundled, node, output: values.output });
  console.log(`${archive.file}\n  ${nameOf(platform)}  Node.js ${platform.nodeVersion}  sha256:${archive.sha256}`);
  archives.push(archive);
}
const manifest = join(values.output, "palisade.krew.yaml");
writeFileSync(manifest, krewManifest(version, archives, values.base));
console.log(manifest);
