/** What the end-to-end tests share: pods, what runs in them, and what can reach what. */
import type { TestCluster } from "../../cluster/index.ts";
import { kubectl, sharedCluster, uniqueNamespace as uniqueName } from "../../support/cluster.ts";
import { KEEP } from "./keep.ts";
import { processOfContainer, type RunningProcess } from "./running-process.ts";

export { IMAGES } from "../../cluster/node/index.ts";
export { kubectl, sharedCluster } from "../../support/cluster.ts";

/** A namespace of one test file, which goes with its pods when that ends: all files share the processors of one node. Not for use inside a test. */
export function uniqueNamespace(prefix: string): string {
  const name = uniqueName(prefix);
  afterAll(async () => {
    const cluster = await sharedCluster();
    if (!KEEP) await kubectl(cluster, ["delete", "namespace", name, "--ignore-not-found", "--wait=false"]);
  });
  return name;
}

/** Waits until the SecureWorkload says that it is ready; throws with its pods' events when it does not. */
export async function untilReady(cluster: TestCluster, namespace: string, ...names: string[]): Promise<void> {
  const workloads = names.map((name) => `secureworkload/${name}`);
  const wait = ["wait", "--for=condition=Ready", "--timeout=60s", "-n", namespace, ...workloads];
  const { code, stderr } = await cluster.kubectl(wait);
  if (code === 0) return;
  const { stdout } = await cluster.kubectl(["get", "secureworkloads,pods,events", "-n", namespace, "-o", "wide"]);
  throw new Error(`${stderr}\n${stdout}`);
}

/** The name of a running pod of a workload. */
export async function podOf(cluster: TestCluster, namespace: string, workload: string): Promise<string> {
  const selector = `palisade.dev/workload=${workload}`;
  const names = ["get", "pods", "-n", namespace, "-l", selector, "-o", "jsonpath={.items[*].metadata.name}"];
  const [name] = (await kubectl(cluster, [...names, "--field-selector=status.phase=Running"])).split(" ");
  if (name === undefined || name === "") throw new Error(`${workload} has no running pod in ${namespace}`);
  return name;
}

/** Runs a command in a pod and returns what it printed; throws with its own words when it fails. */
export const exec = (cluster: TestCluster, namespace: string, pod: string, ...command: string[]): Promise<string> =>
  kubectl(cluster, ["exec", "-n", namespace, pod, "--", ...command]);

/** How a connection from a pod ends. Enforced policies refuse it at once, as a port where nobody listens does. */
export async function connect(
  cluster: TestCluster,
  namespace: string,
  pod: string,
  target: string,
): Promise<"open" | "closed"> {
  const command = ["/agnhost", "connect", "--timeout=3s", target];
  const { code, stderr, stdout } = await cluster.kubectl(["exec", "-n", namespace, pod, "--", ...command]);
  if (code === 0) return "open";
  if (/REFUSED|TIMEOUT/.test(stdout + stderr)) return "closed";
  throw new Error(`${pod} cannot even try ${target}: ${stdout}${stderr}`);
}

/** How the first process of a pod's container really runs. */
export async function processIn(
  cluster: TestCluster,
  namespace: string,
  pod: string,
  container?: string,
): Promise<RunningProcess> {
  const filter = container === undefined ? "[0]" : `[?(@.name=="${container}")]`;
  const path = `jsonpath={.status.containerStatuses${filter}.containerID}`;
  return processOfContainer(await kubectl(cluster, ["get", "pod", pod, "-n", namespace, "-o", path]));
}
