/** One cluster with a real node for all end-to-end tests, and Palisade in it; each file keeps to namespaces of its own. */
import { startNodeCluster } from "../../cluster/node/index.ts";
import { installPalisade } from "../../support/install.ts";
import { shareHandle } from "../../support/shared-handle.ts";
import { KEEP } from "./keep.ts";
import { startOperator } from "./operator.ts";

export default async function setup(): Promise<void> {
  const cluster = await startNodeCluster({ log: (line) => console.error(line), detached: KEEP });
  shareHandle(cluster.handle);
  try {
    await installPalisade(cluster);
    await startOperator(cluster, KEEP);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
