/**
 * Makes the image without a daemon: three layers, from what changes least to what changes most, in an OCI layout. The same sources and
 * packages give the same bytes on any machine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "../../test/cluster/build-progress.ts";
import { CACHE_ROOT } from "../../test/cluster/paths.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { bundledPackages, termsOf } from "./bundled-packages.ts";
import { codeKey, keep } from "./cache.ts";
import { libraryPackages, osRelease } from "./debian.ts";
import { imageConfig, type Origin, PATHS } from "./image-config.ts";
import { NODE_VERSION, nodeRuntime } from "./node-runtime.ts";
import { type Descriptor, type Image, type Layer, type LayerOptions, writeArchive, writeLayer } from "./oci.ts";
import { epochOf, revisionOf } from "./origin.ts";
import { type Architecture, ownArchitecture } from "./platforms.ts";
import { buildSbom } from "./sbom.ts";
import { writeSystemLayer } from "./system-layer.ts";
import type { TarEntry } from "./tar.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export const IMAGE_NAME = "registry.example.com/palisade";

export interface BuildOptions {
  readonly version: string;
  readonly log: Log;
  /** This machine's unless set. */
  readonly architectures?: readonly Architecture[];
  /** Without its tag, which is the version. */
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
  /** What is pulled, compressed; of several architectures, all of them. */
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
  const { version, architectures = [ownArchitecture()], cache = join(CACHE_ROOT, "image") } = options;
  const { output = join(cache, `built-${version}`), name = IMAGE_NAME } = options;
  mkdirSync(output, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "palisade-image-"));
  try {
    options.log(`bundling the operator ${version}`);
    const bundled = await bundle(ROOT, version);
    const parts = architectures.map((architecture) => build({ ...options, architecture, bundled, cache, work }));
    const archive = (file: string, images: readonly Image[], sboms: readonly string[]): BuiltImage => {
      const path = join(output, `${file}.oci.tar`);
      const full = `${name}:${version}`;
      const { digest } = writeArchive(path, full, images);
      return { name: full, archive: path, digest, size: sizeOf(images), sboms };
    };
    const single = parts.map(({ image, sbom }) => {
      const file = `palisade-${image.architecture}`;
      const beside = join(output, `${file}.cdx.json`);
      writeFileSync(beside, sbom);
      return archive(file, [image], [beside]);
    });
    const images = parts.map(({ image }) => image);
    if (images.length === 1) return single;
    return [
      ...single,
      archive(
        "palisade",
        images,
        single.flatMap(({ sboms }) => sboms),
      ),
    ];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Part extends BuildOptions {
  readonly architecture: Architecture;
  readonly bundled: Bundle;
  readonly cache: string;
  readonly work: string;
}

function build(part: Part): { readonly image: Image; readonly sbom: string } {
  const { architecture, bundled, cache, log, version, work } = part;
  const { epoch, created } = epochOf(process.env["SOURCE_DATE_EPOCH"]);
  const options: LayerOptions = { epoch, compress: true };
  log(`Node.js ${NODE_VERSION} and its libraries for ${architecture}`);
  const node = nodeRuntime(cache, architecture);
  const downloads = libraryPackages(cache, architecture, part.fresh === true);
  const system = keptLayer(
    cache,
    `system-${architecture}`,
    [osRelease(), String(epoch), NODE_VERSION, ...downloads.packages.map(({ sha256 }) => sha256)],
    (file) => writeSystemLayer(file, { architecture, node: node.binary, downloads }, options),
  );
  const runtime = keptLayer(cache, `runtime-${architecture}`, [NODE_VERSION, String(epoch)], (file) =>
    writeLayer(file, [program(PATHS.node, node.binary), document(PATHS.nodeTerms, { source: node.license })], options),
  );
  const npm = bundledPackages(ROOT, bundled.metafile);
  const sbom = buildSbom({
    version,
    architecture,
    npm,
    debian: downloads.packages,
    osRelease: osRelease(),
    created,
  });
  const own = writeLayer(
    join(work, `own-${architecture}`),
    [
      document(PATHS.program, { text: bundled.code }),
      document(PATHS.sbom, { text: sbom }),
      document(PATHS.terms, { source: join(ROOT, "LICENSE") }),
      document(PATHS.bundledTerms, { text: termsOf(ROOT, npm) }),
    ],
    options,
  );
  const origin: Origin = { version, revision: revisionOf(ROOT), created };
  return {
    image: {
      architecture,
      config: imageConfig(origin),
      layers: [system, runtime, own],
      ...(created ? { created } : {}),
    },
    sbom,
  };
}

/** What changes seldom is compressed once. */
function keptLayer(cache: string, name: string, inputs: readonly string[], write: (file: string) => Layer): Layer {
  const make = (folder: string): { readonly descriptor: Descriptor; readonly diffId: string } => {
    const { descriptor, diffId } = write(join(folder, "layer"));
    return { descriptor, diffId };
  };
  const { folder, facts } = keep(cache, { name, inputs: [...inputs, codeKey()], make });
  return { ...facts, file: join(folder, "layer") };
}

/** Without what several images share. */
const sizeOf = (images: readonly Image[]): number =>
  [
    ...new Map(
      images.flatMap(({ layers }) => layers).map(({ descriptor }) => [descriptor.digest, descriptor.size]),
    ).values(),
  ].reduce((sum, size) => sum + size, 0);

const program = (path: string, source: string): TarEntry => ({ kind: "file", path, mode: 0o755, content: { source } });

const document = (path: string, content: Extract<TarEntry, { kind: "file" }>["content"]): TarEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  content,
});
