/** Replicas of the operator as in production: each a process, under the operator's ServiceAccount and the generated role. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCluster, until } from "../cluster/index.ts";
import { freePorts, LOOPBACK } from "../cluster/ports.ts";
import { hasEnded, isAlive, killProcess, startProcess, tailOf } from "../cluster/processes.ts";

const root = join(import.meta.dirname, "..", "..");

export interface ReplicaOptions {
  /** What the replica takes for its host: its user agent and its identity in Leases tell it. */
  readonly name: string;
  readonly shards?: number;
  /** By how much its wall clock is wrong. */
  readonly clockSkewMs?: number;
  /** The API server's address for it, a proxy's for example. */
  readonly server?: string;
  readonly flags?: readonly string[];
  readonly nodeFlags?: readonly string[];
}

export interface Replica {
  readonly name: string;
  readonly pid: number;
  isRunning(): boolean;
  /** Every cache is in sync. */
  isReady(): Promise<boolean>;
  /** The values of a metric, by its labels as they are written. */
  metric(name: string): Promise<ReadonlyMap<string, number>>;
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void;
  log(): string;
  /** Kills it where it still runs, and resolves when it is gone. */
  end(): Promise<void>;
}

/** One that was told to end may be gone by now. */
function signalUnlessEnded(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Resolves when its caches are in sync. It ends with this process, and its log is in the cluster's folder. */
export async function startReplica(cluster: TestCluster, options: ReplicaOptions): Promise<Replica> {
  const { name, shards = 1, clockSkewMs, server, flags = [], nodeFlags = [] } = options;
  const folder = cluster.description?.folder;
  if (folder === undefined) throw new Error("replicas need an embedded cluster: unset PALISADE_CLUSTER");
  const kubeconfig = await kubeconfigFor(cluster, folder, name, server);
  const [port = 0] = await freePorts(1);
  const health = ["--health-port", String(port), "--health-host", LOOPBACK];
  const skew = clockSkewMs === undefined ? [] : [`REPLICA_CLOCK_SKEW_MS=${clockSkewMs}`];
  const disguise = [
    ...nodeFlags,
    "--disable-warning=ExperimentalWarning",
    "--import",
    join(root, "test", "support", "disguise.ts"),
  ];
  const main = [
    join(root, "src", "main.ts"),
    "--kubeconfig",
    kubeconfig,
    "--shards",
    String(shards),
    ...health,
    ...flags,
  ];
  const args = ["--pdeathsig", "KILL", "env", `REPLICA_HOST=${name}`, ...skew, process.execPath, ...disguise, ...main];
  startProcess({ folder, name, binary: "setpriv", args, detached: false });
  const pid = Number(readFileSync(join(folder, `${name}.pid`), "utf8"));
  const replica: Replica = {
    name,
    pid,
    isRunning: () => isAlive(pid),
    isReady: async () => (await answerOf(port, "readyz")) !== undefined,
    metric: async (metric) => valuesOf((await answerOf(port, "metrics")) ?? "", metric),
    signal: (signal) => signalUnlessEnded(pid, signal),
    log: () => readFileSync(join(folder, `${name}.log`), "utf8"),
    end: () => killProcess(folder, name),
  };
  const ready = async (): Promise<boolean> => {
    if (hasEnded(folder, name)) throw new Error(`${name} ended at its start:\n${tailOf(folder, name)}`);
    return replica.isReady();
  };
  await until(ready, `${name} to be ready`, 60_000);
  return replica;
}

async function kubeconfigFor(
  cluster: TestCluster,
  folder: string,
  name: string,
  server = cluster.url,
): Promise<string> {
  const path = await cluster.serviceAccountKubeconfig("palisade-system", "palisade");
  const own = join(folder, `replica-${name}.kubeconfig`);
  writeFileSync(own, readFileSync(path, "utf8").replaceAll(cluster.url, server), { mode: 0o600 });
  return own;
}

async function answerOf(port: number, path: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://${LOOPBACK}:${port}/${path}`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

function valuesOf(text: string, metric: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").map((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line));
  return new Map(
    lines.flatMap((match) => (match?.[1] === metric ? [[match[2] ?? "", Number(match[3])] as const] : [])),
  );
}
