/** Starts a cluster with a node, says where it lives, and waits to be killed. */
import { startNodeCluster } from "../../cluster/node/index.ts";

const cluster = await startNodeCluster({});
console.log(cluster.description?.folder);
setInterval(() => {}, 60_000);
