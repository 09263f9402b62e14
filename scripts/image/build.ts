/**
 * Makes the image without a daemon, as an OCI layout in an archive. The same sources and packages give the same bytes on
 * any machine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "../../test/cluster/build-progress.ts";
import { CACHE_ROOT } from "../../test/cluster/paths.ts";
import { bundle } from "./bundle.ts";
import { type Contents, writeContents } from "./contents.ts";
import { NODE_VERSION } from "./node-runtime.ts";
import { type Image, writeArchive } from "./oci.ts";
import { epochOf, revisionOf } from "./origin.ts";
import { type Architecture, ownArchitecture } from "./platforms.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export const IMAGE_NAME = "registry.example.com/palisade";

export interface BuildOptions {
  /** The image's tag, too. */
  readonly version: string;
  readonly log: Log;
  /** This machine's unless set. */
  readonly architectures?: readonly Architecture[];
  /** Without its tag. */
  readonly name?: string;
  /** Where the archives are written; the cache unless set. */
  readonly output?: string;
  readonly cache?: string;
  /** Asks the mirror for the newest packages, however new those of the cache are. */
  readonly fresh?: boolean;
}

export interface BuiltImage {
  /** With its tag. */
  readonly name: string;
  readonly archive: string;
  /** By which a registry will know it: of the manifest, or of the index of several. */
  readonly digest: string;
  /** What is pulled, compressed; of several architectures, all of it. */
  readonly size: number;
  /** Beside the archive, and in the image. */
  readonly sboms: readonly string[];
}

/** For this machine, in the cache folder: seconds, after the first time. */
export async function buildImage(options: Omit<BuildOptions, "architectures" | "output">): Promise<BuiltImage> {
  const [image] = await buildImages(options);
  if (image === undefined) throw new Error("no image was made");
  return image;
}

/** An image for each architecture, and for several of them one more that holds them all. */
export async function buildImages(options: BuildOptions): Promise<readonly BuiltImage[]> {
  const { cache = join(CACHE_ROOT, "image"), version } = options;
  const { output = join(cache, `built-${version}`) } = options;
  const name = `${options.name ?? IMAGE_NAME}:${checkedTag(version)}`;
  mkdirSync(output, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "palisade-image-"));
  try {
    const contents = await contentsOf(options, cache, work);
    const single: BuiltImage[] = [];
    for (const { image, sbom } of contents) {
      const file = join(output, `palisade-${image.architecture}`);
      writeFileSync(`${file}.cdx.json`, sbom);
      single.push(await archived(`${file}.oci.tar`, name, [image], [`${file}.cdx.json`]));
    }
    if (single.length === 1) return single;
    const images = contents.map(({ image }) => image);
    const sboms = single.flatMap((one) => one.sboms);
    return [...single, await archived(join(output, "palisade.oci.tar"), name, images, sboms)];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A tag of the OCI distribution specification: of a version like `1.2.3+4` no image can be called. */
function checkedTag(version: string): string {
  if (/^\w[\w.-]{0,127}$/.test(version)) return version;
  throw new Error(
    `the version ${version} can be no tag: it must be letters, digits, and "_", "." and "-" after the first`,
  );
}

async function contentsOf(options: BuildOptions, cache: string, work: string): Promise<readonly Contents[]> {
  const { architectures = [ownArchitecture()], fresh = false, log, version } = options;
  const { epoch, created } = epochOf(process.env["SOURCE_DATE_EPOCH"]);
  const origin = { version, revision: revisionOf(ROOT), created };
  log(`bundling the operator ${version}`);
  const bundled = await bundle(ROOT, version);
  const contents: Contents[] = [];
  for (const architecture of architectures) {
    log(`Node.js ${NODE_VERSION} and its libraries for ${architecture}`);
    contents.push(
      await writeContents({ root: ROOT, architecture, origin, epoch, bundle: bundled, cache, fresh, work }),
    );
  }
  return contents;
}

async function archived(
  file: string,
  name: string,
  images: readonly Image[],
  sboms: readonly string[],
): Promise<BuiltImage> {
  const { digest } = await writeArchive(file, name, images);
  const size = images.flatMap(({ layers }) => layers).reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { name, archive: file, digest, size, sboms };
}
