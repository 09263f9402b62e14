/** An OCI image layout in a tar archive, as `ctr images import` reads it (OCI image specification 1.1). */
import { createHash } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { type TarEntry, writeTar } from "./tar.ts";

/** What a container of the image starts as, unless told otherwise. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
}

export interface Image {
  /** With its registry and tag: `registry.example.com/shop/web:1`. */
  readonly name: string;
  readonly config: ImageConfig;
  readonly files: readonly TarEntry[];
}

interface Blob {
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly entry: TarEntry;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const MEDIA = "application/vnd.oci.image";

/** Writes the image, of one layer, to `file`. The same image always gives the same bytes. */
export function writeImage(file: string, image: Image): void {
  const layerFile = `${file}.layer`;
  try {
    const { digest, size } = writeTar(layerFile, image.files);
    const layer = blob(`${MEDIA}.layer.v1.tar`, digest, size, { source: layerFile });
    const config = jsonBlob(`${MEDIA}.config.v1+json`, {
      architecture: ARCHITECTURES[process.arch],
      os: "linux",
      config: image.config,
      rootfs: { type: "layers", diff_ids: [digest] },
    });
    const manifest = jsonBlob(`${MEDIA}.manifest.v1+json`, {
      schemaVersion: 2,
      mediaType: `${MEDIA}.manifest.v1+json`,
      config: config.descriptor,
      layers: [layer.descriptor],
    });
    const named = { ...manifest.descriptor, annotations: { "io.containerd.image.name": image.name } };
    const index = { schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests: [named] };
    writeTar(`${file}.new`, [
      jsonFile("oci-layout", { imageLayoutVersion: "1.0.0" }),
      jsonFile("index.json", index),
      ...[layer, config, manifest].map(({ entry }) => entry),
    ]);
    renameSync(`${file}.new`, file);
  } finally {
    rmSync(layerFile, { force: true });
  }
}

function jsonBlob(mediaType: string, value: object): Blob {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return blob(mediaType, digest, Buffer.byteLength(text), { text });
}

function blob(
  mediaType: string,
  digest: string,
  size: number,
  content: Extract<TarEntry, { kind: "file" }>["content"],
): Blob {
  const path = `blobs/${digest.replace(":", "/")}`;
  return { descriptor: { mediaType, digest, size }, entry: { kind: "file", path, mode: 0o644, content } };
}

const jsonFile = (path: string, value: object): TarEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  content: { text: JSON.stringify(value) },
});
