/** Ends the run's cluster. */
import { connectCluster } from "../cluster/index.ts";
import { sharedHandle } from "./shared-handle.ts";

export default async function teardown(): Promise<void> {
  await connectCluster(sharedHandle()).stop();
}
