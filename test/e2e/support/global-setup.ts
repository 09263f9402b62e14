/** One cluster with a real node for all end-to-end tests, and Palisade installed in it; each file keeps to namespaces of its own. */
import { startNodeCluster } from "../../cluster/node/index.ts";
import { shareHandle } from "../../support/shared-handle.ts";
import { KEEP } from "./keep.ts";
import { applyRelease, makeNamespace, shipImage } from "./release.ts";

export default async function setup(): Promise<void> {
  const cluster = await startNodeCluster({ log: (line) => console.error(line), detached: KEEP });
  shareHandle(cluster.handle);
  try {
    const image = await shipImage(cluster);
    await makeNamespace(cluster);
    await applyRelease(cluster, "install", image);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
