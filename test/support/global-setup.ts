/** One cluster for all test files of a run; each file keeps to namespaces of its own. */
import { startCluster } from "../cluster/index.ts";
import { shareHandle } from "./shared-handle.ts";

export default async function setup(): Promise<void> {
  const cluster = await startCluster({
    components: ["controller-manager", "scheduler"],
    log: (line) => console.error(line),
  });
  shareHandle(cluster.handle);
}
