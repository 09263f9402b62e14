/** The operators that are measured beside each other, each as a process under its own account. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, packageVersion, writeBundle } from "../../scripts/image/bundle.ts";
import { DEFAULT_INSTALLATION } from "../../src/installation.ts";
import { goBinary, requiredVersion } from "../../test/cluster/go-binary.ts";
import { type TestCluster, until } from "../../test/cluster/index.ts";
import { mustKubectl } from "../../test/cluster/kubectl.ts";
import { freePorts, LOOPBACK } from "../../test/cluster/ports.ts";
import { hasEnded, isAlive, killProcess, startProcess, tailOf } from "../../test/cluster/processes.ts";
import { type Usage, usageOf } from "../usage.ts";

const root = join(import.meta.dirname, "..", "..");
const PEER_SOURCES = join(root, "bench", "peer");

/** What Node.js takes for its heap of the memory that the chart gives the container, which is half of it. */
const HEAP_MIB = 512;
export const CONCURRENCY = 16;

export interface Contender {
  readonly name: "controller-runtime" | "palisade";
  /** What its metrics call the queue of workloads. */
  readonly queue: string;
  /** The command line of its process, once for each cluster. */
  command(cluster: TestCluster, folder: string): Promise<(port: number) => readonly string[]>;
}

/** What a process has sent and worked off so far, by its own metrics. */
export interface Counts {
  readonly reads: number;
  readonly writes: number;
  /** Keys of the queue: put there, and left there or at work. */
  readonly adds: number;
  readonly waiting: number;
  /** What it told as drift. */
  readonly corrections: number;
}

export interface Running {
  usage(): Usage;
  counts(): Promise<Counts>;
  /** Asks it to end, and resolves when it is gone. */
  end(): Promise<void>;
}

const palisade: Contender = {
  name: "palisade",
  queue: "secureworkload",
  async command(cluster, folder) {
    const { namespace, account } = DEFAULT_INSTALLATION;
    const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, account);
    const program = writeBundle(await bundle(root, packageVersion(root)), folder);
    const node = [process.execPath, `--max-old-space-size=${HEAP_MIB}`, program, "operator"];
    const flags = ["--kubeconfig", kubeconfig, "--log-level", "error", "--concurrency", String(CONCURRENCY)];
    return (port) => [...node, ...flags, "--health-host", LOOPBACK, "--health-port", String(port)];
  },
};

const PEER = "peer-system";

/** kubebuilder's usual shape, on controller-runtime: `bench/peer`. */
const controllerRuntime: Contender = {
  name: "controller-runtime",
  queue: "secureworkload",
  async command(cluster) {
    const version = requiredVersion(PEER_SOURCES, "sigs.k8s.io/controller-runtime");
    const binary = await goBinary({
      name: "peer",
      title: `the operator on controller-runtime ${version}`,
      duration: "about two minutes on two cores",
      sources: PEER_SOURCES,
    });
    await mustKubectl(cluster, ["create", "namespace", PEER]);
    await mustKubectl(cluster, ["create", "serviceaccount", "peer", "-n", PEER]);
    const grant = ["create", "clusterrolebinding", "peer", "--clusterrole=cluster-admin"];
    await mustKubectl(cluster, [...grant, `--serviceaccount=${PEER}:peer`]);
    const kubeconfig = await cluster.serviceAccountKubeconfig(PEER, "peer");
    const flags = [`--kubeconfig=${kubeconfig}`, `--concurrency=${CONCURRENCY}`, "--zap-log-level=error"];
    return (port) => [
      binary,
      ...flags,
      `--leader-election-namespace=${PEER}`,
      `--metrics-bind-address=${LOOPBACK}:${port}`,
    ];
  },
};

export const CONTENDERS: readonly Contender[] = [controllerRuntime, palisade];

/** Resolves when its metrics are served. It ends with this process, and its log is in the folder. */
export async function startContender(
  { name, queue }: Contender,
  folder: string,
  command: (port: number) => readonly string[],
): Promise<Running> {
  const [port = 0] = await freePorts(1);
  const args = ["--pdeathsig", "KILL", ...command(port)];
  startProcess({ folder, name, binary: "setpriv", args, detached: false });
  const pid = Number(readFileSync(join(folder, `${name}.pid`), "utf8"));
  const metrics = (): Promise<string | undefined> => textAt(`http://${LOOPBACK}:${port}/metrics`);
  await until(async () => {
    if (hasEnded(folder, name)) throw new Error(`${name} ended at its start:\n${tailOf(folder, name)}`);
    return (await metrics()) !== undefined;
  }, `the metrics of ${name}`);
  return {
    usage: () => usageOf(pid),
    counts: async () => countsIn((await metrics()) ?? "", queue),
    end: async () => {
      if (isAlive(pid)) process.kill(pid, "SIGTERM");
      await until(() => !isAlive(pid), `${name} to end`).catch(() => killProcess(folder, name));
    },
  };
}

async function textAt(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

/** Both have client-go's and controller-runtime's names for these. */
export function countsIn(text: string, queue: string): Counts {
  const samples = text.split("\n").flatMap((line) => {
    const [, name = "", labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return value === undefined ? [] : [{ name, labels, value: Number(value) }];
  });
  const sum = (metric: string, has: (labels: string) => boolean): number =>
    samples.filter(({ name, labels }) => name === metric && has(labels)).reduce((total, { value }) => total + value, 0);
  const isRead = (labels: string): boolean => labels.includes('method="GET"');
  const isOfQueue = (labels: string): boolean => new RegExp(`(name|controller)="${queue}"`).test(labels);
  return {
    reads: sum("rest_client_requests_total", isRead),
    writes: sum("rest_client_requests_total", (labels) => !isRead(labels)),
    adds: sum("workqueue_adds_total", isOfQueue),
    waiting: sum("workqueue_depth", isOfQueue) + sum("controller_runtime_active_workers", isOfQueue),
    corrections: sum("palisade_drift_corrections_total", () => true),
  };
}
