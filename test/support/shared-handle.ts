/** How the run's one cluster gets from Jest's set-up to the processes that run the test files: in the environment. */
import type { ClusterHandle } from "../cluster/index.ts";

const VARIABLE = "PALISADE_TEST_CLUSTER";

export function shareHandle(handle: ClusterHandle): void {
  process.env[VARIABLE] = JSON.stringify(handle);
}

/** Throws outside the tests that Jest starts a cluster for. */
export function sharedHandle(): ClusterHandle {
  const text = process.env[VARIABLE];
  if (text === undefined)
    throw new Error("no cluster is shared here: move the test below test/, or use startCluster()");
  return JSON.parse(text) as ClusterHandle;
}
