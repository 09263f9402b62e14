/** A cluster with a real node: containerd, kubelet, kube-proxy, enforced NetworkPolicies and DNS. */
import type { Log } from "../build-progress.ts";
import { kubeconfigOf } from "../components.ts";
import { startCluster, type TestCluster, until } from "../index.ts";
import { listOf, mustKubectl } from "../kubectl.ts";
import { loadImage } from "../load-image.ts";
import { hasEnded, tailOf } from "../processes.ts";
import { ownerOf } from "../state-folder.ts";
import { NODE_NAME } from "./addresses.ts";
import { type NodeProgram, nodeBinaries } from "./binaries.ts";
import { configureContainerd } from "./containerd.ts";
import { DNS_OBJECTS } from "./dns.ts";
import { IMAGES, imageArchives, importImage } from "./images/index.ts";
import { configureKubelet, configureKubeProxy, kubeRouterArgs } from "./kubelet.ts";
import { meetRequirements } from "./requirements.ts";
import { runInside, startInside } from "./space.ts";
import { makeVolumes, STORAGE_OBJECTS } from "./storage.ts";

export { NODE_NAME } from "./addresses.ts";
export { IMAGES, type ImageName } from "./images/index.ts";

export interface NodeClusterOptions {
  readonly log?: Log;
  /** Outlives this process; to be stopped by `stop()` of a connected cluster. False unless set. */
  readonly detached?: boolean;
}

/** What a node is made of: programs and image archives, built before. */
export interface NodeParts {
  readonly binaries: Readonly<Record<NodeProgram, string>>;
  readonly archives: Readonly<Record<string, string>>;
}

/** Builds what is missing, which takes minutes the first time. Throws where no node can run. */
export async function nodeParts(log: Log): Promise<NodeParts> {
  await meetRequirements(log);
  const binaries = await nodeBinaries(log);
  return { binaries, archives: await imageArchives(binaries, log) };
}

/** Resolves when the node is ready, pods resolve names, and NetworkPolicies hold. `stop()` of the cluster ends it all. With PALISADE_CLUSTER=kind, kind's nodes take the place of ours. */
export async function startNodeCluster({ log = () => {}, detached = false }: NodeClusterOptions): Promise<TestCluster> {
  const parts = await nodeParts(log);
  const cluster = await startCluster({
    components: ["controller-manager", "scheduler"],
    log,
    detached,
    forNode: true,
  });
  try {
    if (cluster.handle.kind === "borrowed") {
      for (const archive of Object.values(parts.archives)) await loadImage(cluster, archive);
      return cluster;
    }
    const startedMs = performance.now();
    await startNode(cluster, parts);
    log(
      `control plane ready in ${seconds(cluster.readyMs)}, the node in ${seconds(performance.now() - startedMs)} more`,
    );
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Starts the node of a cluster that was started `forNode`. */
export async function startNode(cluster: TestCluster, { binaries, archives }: NodeParts): Promise<void> {
  const { folder, front } = cluster.description ?? {};
  if (folder === undefined || front === undefined) throw new Error("this cluster has no place for a node: forNode");
  const detached = ownerOf(folder) === undefined;
  const start = (name: NodeProgram, args: readonly string[]): void =>
    startInside(folder, name, [binaries[name], ...args], detached);

  const runtime = { shim: binaries["containerd-shim-runc-v2"], runc: binaries.runc, sandboxImage: IMAGES.pause };
  makeVolumes(folder);
  start("containerd", configureContainerd(folder, runtime));
  const dnsService = ["get", "service", "kube-dns", "-n", "kube-system", "-o", "jsonpath={.spec.clusterIP}"];
  const dnsAddress = await mustKubectl(cluster, dnsService);
  await untilContainerdAnswers(folder, binaries.ctr);
  for (const archive of Object.values(archives)) importImage(folder, binaries.ctr, archive);

  const kubelet = {
    nodeAddress: front.nodeAddress,
    kubeconfig: kubeconfigOf(folder, `system:node:${NODE_NAME}`),
    clientCaFile: front.certFile,
    dnsAddress,
  };
  start("kubelet", configureKubelet(folder, kubelet));
  start("kube-proxy", configureKubeProxy(folder, kubeconfigOf(folder, "system:kube-proxy")));
  await until(() => isNodeReady(cluster, folder), "the node to be ready", 120_000);
  start("kube-router", kubeRouterArgs(kubeconfigOf(folder, "network-policies")));
  await mustKubectl(cluster, ["apply", "--server-side", "-f", "-"], {
    input: listOf([...DNS_OBJECTS, ...STORAGE_OBJECTS]),
  });
  await mustKubectl(cluster, ["rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=120s"]);
  await until(() => policiesHold(folder), "NetworkPolicies to be enforced");
}

/** kube-router sends what is forwarded through its own chain once it has judged every policy for the first time. */
function policiesHold(folder: string): boolean {
  mustRun(folder, "kube-router");
  return runInside(folder, ["iptables", "-S", "FORWARD"]).includes("-j KUBE-ROUTER-FORWARD");
}

async function untilContainerdAnswers(folder: string, ctr: string): Promise<void> {
  await until(() => {
    mustRun(folder, "containerd");
    try {
      runInside(folder, [ctr, "--connect-timeout", "1s", "version"]);
      return true;
    } catch {
      return false;
    }
  }, "containerd");
}

async function isNodeReady(cluster: TestCluster, folder: string): Promise<boolean> {
  for (const name of ["containerd", "kubelet", "kube-proxy"]) mustRun(folder, name);
  const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  const { stdout } = await cluster.kubectl(["get", "node", NODE_NAME, "-o", ready]);
  return stdout === "True";
}

function mustRun(folder: string, name: string): void {
  if (hasEnded(folder, name)) throw new Error(`${name} ended at start:\n${tailOf(folder, name)}`);
}
