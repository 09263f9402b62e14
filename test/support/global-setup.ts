/** One cluster for all test files of a run; each file keeps to namespaces of its own. */
import { startCluster } from "../cluster/index.ts";

/** Where the description of the shared cluster is passed to the test processes. */
const VARIABLE = "PALISADE_TEST_CLUSTER";

export default async function setup(): Promise<void> {
  const cluster = await startCluster({
    components: ["controller-manager", "scheduler"],
    log: (line) => console.error(line),
  });
  process.env[VARIABLE] = JSON.stringify(cluster.description ?? null);
  (globalThis as Record<string, unknown>)[VARIABLE] = cluster;
}
