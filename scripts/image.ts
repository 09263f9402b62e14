/** Makes the operator's image: `node scripts/image.ts [--platform linux/amd64,linux/arm64] [--name NAME] [--output FOLDER] [--bundle]`. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildImages, IMAGE_NAME } from "./image/build.ts";
import { builtVersion, bundle, writeBundle } from "./image/bundle.ts";
import { PATHS } from "./image/image-config.ts";
import { architecturesOf, ownArchitecture } from "./image/platforms.ts";
import { root } from "./run.ts";

const USAGE = `usage: make image [VERSION=1.2.3] [ARGS="flags"]
  --platform LIST   linux/amd64, linux/arm64 or both, separated by a comma; this machine's
  --name NAME       what the image is called, without its tag; ${IMAGE_NAME}
  --output FOLDER   where the archives are written; dist
  --bundle          write ${PATHS.program} and ${PATHS.parts} alone, as the Dockerfile does`;

const { values } = parseArgs({
  options: {
    platform: { type: "string" },
    name: { type: "string", default: IMAGE_NAME },
    output: { type: "string", default: join(root, "dist") },
    bundle: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const version = builtVersion(root);

async function writeProgram(): Promise<void> {
  console.log(writeBundle(await bundle(root, version), values.output));
}

async function writeImages(): Promise<void> {
  const images = await buildImages({
    version,
    log: (line) => console.error(line),
    architectures: values.platform === undefined ? [ownArchitecture()] : architecturesOf(values.platform),
    name: values.name,
    output: values.output,
    fresh: true,
  });
  for (const { name, archive, digest, size, sboms } of images) {
    console.log(`${archive}\n  name   ${name}\n  digest ${digest}\n  size   ${(size / 1e6).toFixed(1)} MB compressed`);
    for (const sbom of sboms) console.log(`  SBOM   ${sbom}; in the image /${PATHS.sbom}`);
  }
}

try {
  if (values.help) console.log(USAGE);
  else await (values.bundle ? writeProgram() : writeImages());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
