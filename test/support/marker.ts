/**
 * What stands for "long enough" in a test: a marker that everything before it has gone ahead of. The operator hears of changes in their
 * order, so a workload that is changed last of all is answered last, and twice, since what the first answer wrote is heard of as well.
 */
import { API_VERSION, BASELINE_NAME, SECURE_WORKLOAD, SECURITY_BASELINE } from "../../src/crds/group.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { mustKubectl } from "../cluster/kubectl.ts";

/** Of the marker and of its namespace; its writes are left out of those that tests count. */
export const MARKER = "test-marker";

const ROUNDS = 2;

const marker = (value: string): object => ({
  apiVersion: API_VERSION,
  kind: SECURE_WORKLOAD.kind,
  metadata: { name: MARKER, namespace: MARKER },
  spec: {
    image: "registry.example.com/marker:1",
    replicas: 0,
    ports: [{ name: "http", port: 8080 }],
    env: [{ name: "MARKER", value }],
  },
});

interface Marked {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number };
}

/** Resolves when the operator has answered everything that was written before. It must be running. */
export async function settled(cluster: TestCluster): Promise<void> {
  const metadata = { name: MARKER };
  const namespace = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata });
  const isFirst = (await cluster.kubectl(["get", "namespace", MARKER, "-o", "json"])).code !== 0;
  if (isFirst) await mustKubectl(cluster, ["apply", "-f", "-"], { input: namespace });
  for (let round = 0; round < ROUNDS; round += 1) {
    const input = JSON.stringify(marker(crypto.randomUUID()));
    await mustKubectl(cluster, ["apply", "-f", "-"], { input });
    await until(async () => {
      const read = await mustKubectl(cluster, ["get", SECURE_WORKLOAD.plural, MARKER, "-n", MARKER, "-o", "json"]);
      const { metadata: live, status } = JSON.parse(read) as Marked;
      return status?.observedGeneration === live.generation;
    }, "the operator to answer the marker");
  }
  if (isFirst) await until(() => isCounted(cluster), "the marker to be counted");
}

/** Whether the SecurityBaseline, if there is one, counts every workload: it does so a while after a new one came. */
async function isCounted(cluster: TestCluster): Promise<boolean> {
  const baseline = await cluster.kubectl([
    "get",
    SECURITY_BASELINE.plural,
    BASELINE_NAME,
    "-o",
    "jsonpath={.status.workloads}",
  ]);
  if (baseline.code !== 0) return true;
  const workloads = await mustKubectl(cluster, ["get", SECURE_WORKLOAD.plural, "-A", "-o", "name"]);
  return Number(baseline.stdout) === workloads.split("\n").filter(Boolean).length;
}
