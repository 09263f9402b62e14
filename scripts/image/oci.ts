/** OCI image layouts in tar archives, as `ctr images import`, crane and skopeo read them (OCI image specification 1.1). */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, zstdCompressSync } from "node:zlib";
import type { Architecture } from "./platforms.ts";
import { copiedFile, type TarEntry, textFile, writeTar } from "./tar.ts";

/** What a container of the image starts as, unless told otherwise. */
export interface ImageConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** A layer that is written already. */
export interface Layer {
  readonly file: string;
  readonly descriptor: Descriptor;
  /** Of the archive before it was compressed. */
  readonly diffId: string;
}

export interface LayerOptions {
  /** Of every file, in seconds; see `writeTar`. */
  readonly epoch?: number;
  /** Not unless set: what stays on one machine is not worth the time. */
  readonly compress?: boolean;
}

export interface Image {
  readonly architecture: Architecture;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
  /** RFC 3339; unknown unless set. */
  readonly created?: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Blob {
  readonly descriptor: Descriptor;
  readonly entry: TarEntry;
}

const MEDIA = "application/vnd.oci.image";
const INDEX = `${MEDIA}.index.v1+json`;

/** Level 19 takes fifty times as long, for an eighth less. */
const ZSTD_LEVEL = 9;

/** Writes a layer to `file`. The same entries always give the same bytes. */
export async function writeLayer(
  file: string,
  entries: readonly TarEntry[],
  options: LayerOptions = {},
): Promise<Layer> {
  const { digest, size } = await writeTar(file, entries, options.epoch);
  const plain = { mediaType: `${MEDIA}.layer.v1.tar`, digest, size };
  return { file, diffId: digest, descriptor: options.compress === true ? compress(file) : plain };
}

/** Zstandard on one thread: unlike zlib's, its output depends on no feature of the processor. */
function compress(file: string): Descriptor {
  const bytes = zstdCompressSync(readFileSync(file), {
    params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  writeFileSync(file, bytes);
  return { mediaType: `${MEDIA}.layer.v1.tar+zstd`, digest: digestOf(bytes), size: bytes.length };
}

/**
 * Writes the archive of one image, or of an image for several architectures, to `file`, under a name with its registry and
 * tag: `registry.example.com/shop/web:1`. Returns what a registry will call it: the descriptor of its manifest, or of
 * its index.
 */
export async function writeArchive(file: string, name: string, images: readonly Image[]): Promise<Descriptor> {
  const parts = images.map(partsOf);
  const [only] = parts;
  const many = images.length > 1 ? [jsonBlob(INDEX, indexOf(parts.map(({ listed }) => listed)))] : [];
  const top = many[0]?.descriptor ?? only?.listed;
  if (top === undefined) throw new Error("an archive holds at least one image");
  const annotations = {
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
  };
  const blobs = [...parts.flatMap(({ blobs: some }) => some), ...many].map(({ entry }) => entry);
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeTar(unfinished, [
      jsonFile("oci-layout", { imageLayoutVersion: "1.0.0" }),
      jsonFile("index.json", indexOf([{ ...top, annotations }])),
      // Images for several architectures may share a layer.
      ...new Map(blobs.map((entry) => [entry.path, entry])).values(),
    ]);
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return { mediaType: top.mediaType, digest: top.digest, size: top.size };
}

const indexOf = (manifests: readonly object[]): object => ({ schemaVersion: 2, mediaType: INDEX, manifests });

function partsOf({ architecture, config, layers, created }: Image) {
  const configBlob = jsonBlob(`${MEDIA}.config.v1+json`, {
    ...(created === undefined ? {} : { created }),
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = jsonBlob(`${MEDIA}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${MEDIA}.manifest.v1+json`,
    config: configBlob.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return {
    listed: { ...manifest.descriptor, platform: { architecture, os: "linux" } },
    blobs: [
      ...layers.map(({ descriptor, file }) => blob(descriptor, (path) => copiedFile(path, file))),
      configBlob,
      manifest,
    ],
  };
}

function jsonBlob(mediaType: string, value: object): Blob {
  const text = JSON.stringify(value);
  const descriptor = { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) };
  return blob(descriptor, (path) => textFile(path, text));
}

const blob = (descriptor: Descriptor, entryAt: (path: string) => TarEntry): Blob => ({
  descriptor,
  entry: entryAt(`blobs/${descriptor.digest.replace(":", "/")}`),
});

const digestOf = (bytes: string | Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const jsonFile = (path: string, value: object): TarEntry => textFile(path, JSON.stringify(value));
