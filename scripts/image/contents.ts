/** What is in the image of one architecture: three layers, from what changes least to what changes most, and its SBOM. */
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { type BundledPackages, bundledPackages, termsOf } from "./bundled-packages.ts";
import { codeKey, keep } from "./cache.ts";
import { type DebianPackage, libraryPackages, osRelease } from "./debian.ts";
import { imageConfig, type Origin, PATHS } from "./image-config.ts";
import { NODE_VERSION, nodeRuntime } from "./node-runtime.ts";
import { type Descriptor, type Image, type Layer, type LayerOptions, writeLayer } from "./oci.ts";
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
export function writeContents(input: ContentsInput): Contents {
  const { root, architecture, origin } = input;
  const { layers, debian } = distributedLayers(input);
  const npm = bundledPackages(root, input.bundle.metafile);
  const { version, created } = origin;
  const sbom = buildSbom({ version, architecture, npm, debian, osRelease: osRelease(), created });
  return {
    image: {
      architecture,
      config: imageConfig(origin),
      layers: [...layers, programLayer(input, npm, sbom)],
      ...(created === undefined ? {} : { created }),
    },
    sbom,
  };
}

/** What others make: the libraries of a distribution, and Node. */
function distributedLayers(input: ContentsInput): {
  readonly layers: readonly Layer[];
  readonly debian: readonly DebianPackage[];
} {
  const { architecture, cache, epoch, fresh } = input;
  const downloads = libraryPackages(cache, architecture, fresh);
  const node = nodeRuntime(cache, architecture);
  const system = { architecture, node: node.binary, downloads };
  const sums = downloads.packages.map(({ sha256 }) => sha256);
  const options = optionsOf(input);
  return {
    debian: downloads.packages,
    layers: [
      keptLayer(cache, `system-${architecture}`, [osRelease(), String(epoch), NODE_VERSION, ...sums], (file) =>
        writeSystemLayer(file, system, options),
      ),
      keptLayer(cache, `runtime-${architecture}`, [NODE_VERSION, String(epoch)], (file) =>
        writeLayer(
          file,
          [copiedFile(PATHS.node, node.binary, 0o755), copiedFile(PATHS.nodeTerms, node.license)],
          options,
        ),
      ),
    ],
  };
}

function programLayer(input: ContentsInput, npm: BundledPackages, sbom: string): Layer {
  const entries = [
    textFile(PATHS.program, input.bundle.code),
    textFile(PATHS.sbom, sbom),
    copiedFile(PATHS.terms, join(input.root, "LICENSE")),
    textFile(PATHS.bundledTerms, termsOf(input.root, npm)),
  ];
  return writeLayer(join(input.work, input.architecture), entries, optionsOf(input));
}

const optionsOf = ({ epoch }: ContentsInput): LayerOptions => ({ epoch, compress: true });

/** What changes seldom is compressed once. */
function keptLayer(cache: string, name: string, inputs: readonly string[], write: (file: string) => Layer): Layer {
  const make = (folder: string): { readonly descriptor: Descriptor; readonly diffId: string } => {
    const { descriptor, diffId } = write(join(folder, "layer"));
    return { descriptor, diffId };
  };
  const { folder, facts } = keep(cache, { name, inputs: [...inputs, codeKey()], make });
  return { ...facts, file: join(folder, "layer") };
}
