/** The archive of an image of one layer, which containerd takes without a registry. */
import { rmSync } from "node:fs";
import { type ImageConfig, writeArchive, writeLayer } from "../../../../scripts/image/oci.ts";
import { ownArchitecture } from "../../../../scripts/image/platforms.ts";
import type { TarEntry } from "../../../../scripts/image/tar.ts";

export interface PlainImage {
  /** With its registry and tag: `registry.example.com/shop/web:1`. */
  readonly name: string;
  readonly config: ImageConfig;
  readonly files: readonly TarEntry[];
}

/** Writes the image to `file`. The same image always gives the same bytes. */
export async function writePlainImage(file: string, { name, config, files }: PlainImage): Promise<void> {
  const layerFile = `${file}.layer`;
  try {
    const layers = [await writeLayer(layerFile, files)];
    await writeArchive(file, name, [{ architecture: ownArchitecture(), config, layers }]);
  } finally {
    rmSync(layerFile, { force: true });
  }
}
