/** Gives a cluster's nodes an image, without a registry. */
import { loadIntoKind } from "./foreign.ts";
import type { TestCluster } from "./index.ts";
import { nodeBinaries } from "./node/binaries.ts";
import { importImage } from "./node/images/index.ts";

/** `archive` is an OCI layout in a tar. Throws for a cluster that was there before. */
export async function loadImage({ handle }: TestCluster, archive: string): Promise<void> {
  if (handle.kind === "borrowed") return loadIntoKind(handle.description, archive);
  const { ctr } = await nodeBinaries(() => {});
  importImage(handle.description.folder, ctr, archive);
}
