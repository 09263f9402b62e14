/** What is in the image of one architecture: three layers, from what changes least to what changes most, and its SBOM. */
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { codeKey, keep } from "./cache.ts";
import { type DebianPackage, libraryPackages, osRelease } from "./debian.ts";
import { imageConfig, type Origin, PATHS } from "./image-config.ts";
import { NODE_VERSION, nodeRuntime } from "./node-runtime.ts";
import { type Image, type Layer, type LayerOptions, writeLayer } from "./oci.ts";
import type { Architecture } from "./platforms.ts";
import { buildSbom } from "./sbom.ts";
import { writeSystemLayer } from "./system-layer.ts";
import { copiedFile, textFile } from "./tar.ts";

export interface ContentsInput {
  readonly root: string;
  readonly architecture: Architecture;
  readonly origin: Origin;
  /** Of every file, in seconds. */
  readonly epoch: number;
  readonly bundle: Bundle;
  readonly cache: string;
  /** Asks the mirror for the newest packages, however new those of the cache are. */
  readonly fresh: boolean;
  /** A folder for the layer that is not kept. */
  readonly work: string;
}

export interface Contents {
  readonly image: Image;
  readonly sbom: string;
}

/** Fetches what the cache lacks, and writes the layers. */
export async function writeContents(input: ContentsInput): Promise<Contents> {
  const { architecture, origin } = input;
  const { npm } = input.bundle;
  const { layers, debian } = await distributedLayers(input);
  const { version, created } = origin;
  const sbom = buildSbom({ version, architecture, npm, debian, osRelease: osRelease(), created });
  return {
    image: {
      architecture,
      config: imageConfig(origin),
      layers: [...layers, await programLayer(input, sbom)],
      ...(created === undefined ? {} : { created }),
    },
    sbom,
  };
}

/** What others make: the libraries of a distribution, and Node. */
async function distributedLayers(input: ContentsInput): Promise<{
  readonly layers: readonly Layer[];
  readonly debian: readonly DebianPackage[];
}> {
  const { architecture, cache, epoch, fresh } = input;
  const downloads = await libraryPackages(cache, architecture, fresh);
  const node = await nodeRuntime(cache, architecture);
  const sums = downloads.packages.map(({ sha256 }) => sha256);
  const options = optionsOf(input);
  return {
    debian: downloads.packages,
    layers: [
      await keptLayer(cache, `system-${architecture}`, [osRelease(), String(epoch), ...sums], (file) =>
        writeSystemLayer(file, architecture, downloads, options),
      ),
      await keptLayer(cache, `runtime-${architecture}`, [NODE_VERSION, String(epoch)], (file) =>
        writeLayer(
          file,
          [copiedFile(PATHS.node, node.binary, 0o755), copiedFile(PATHS.nodeTerms, node.license)],
          options,
        ),
      ),
    ],
  };
}

function programLayer(input: ContentsInput, sbom: string): Promise<Layer> {
  const entries = [
    ...input.bundle.files.map(({ path, text }) => textFile(path, text)),
    textFile(PATHS.sbom, sbom),
    copiedFile(PATHS.terms, join(input.root, "LICENSE")),
    textFile(PATHS.bundledTerms, input.bundle.npm.terms),
  ];
  return writeLayer(join(input.work, input.architecture), entries, optionsOf(input));
}

const optionsOf = ({ epoch }: ContentsInput): LayerOptions => ({ epoch, compress: true });

/** What changes seldom is compressed once. */
async function keptLayer(
  cache: string,
  name: string,
  inputs: readonly string[],
  write: (file: string) => Promise<Layer>,
): Promise<Layer> {
  const make = (folder: string): Promise<Layer> => write(join(folder, "layer"));
  const { folder, facts } = await keep(cache, { name, inputs: [...inputs, codeKey()], make });
  return { ...facts, file: join(folder, "layer") };
}
