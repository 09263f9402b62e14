import type { TestCluster } from "../cluster/index.ts";

export default async function teardown(): Promise<void> {
  await ((globalThis as Record<string, unknown>)["PALISADE_TEST_CLUSTER"] as TestCluster | undefined)?.stop();
}
