/**
 * A thousand workloads in a hundred namespaces: how long one replica takes to make all children, and three of them with a shard each; the memory and
 * processor time it takes, under the limit of memory that the chart sets; and that nothing is written when nothing changes.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Client,
  createClient,
  createTransport,
  type KubeObject,
  kubeconfigConnection,
  pathOf,
  type Resource,
} from "kopf-ts";
import { SECURE_WORKLOAD } from "../src/crds/group.ts";
import {
  DEPLOYMENT,
  NAMESPACE,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../src/kubernetes/kinds.ts";
import { startCluster, type TestCluster, until } from "../test/cluster/index.ts";
import { pause } from "../test/cluster/pause.ts";
import { operatorWrites } from "../test/support/audit.ts";
import { installPalisade } from "../test/support/install.ts";
import { type Replica, startReplica } from "../test/support/replicas.ts";
import { pooled } from "./measure.ts";
import { type Usage, usageOf } from "./usage.ts";

const WORKLOADS = Number(process.env["WORKLOADS"] ?? "1000");
const NAMESPACES = Number(process.env["NAMESPACES"] ?? "100");
const QUIET_MS = Number(process.env["QUIET_MS"] ?? "60000");
/** The heap that the process may fill, in MiB; what Node.js takes by itself unless set. */
const OLD_SPACE_MIB = process.env["OLD_SPACE_MIB"];
/** How the processes are told apart: by the number of shards, one replica for each. */
const DIVISIONS = (process.env["SHARDS"] ?? "1,3").split(",").map(Number);
const CONCURRENCY = 16;
const KINDS = [DEPLOYMENT, SERVICE, SERVICE_ACCOUNT, NETWORK_POLICY, POD_DISRUPTION_BUDGET];

export interface ScaleResult {
  readonly shards: number;
  readonly workloads: number;
  /** From the first workload until every child of the last one stands. */
  readonly standSeconds: number;
  readonly replicas: readonly Usage[];
  readonly quiet: { readonly seconds: number; readonly writes: number; readonly cpuSeconds: number };
  /** From the start of one that finds everything as it is, until it holds what it should. */
  readonly startSeconds: number;
  readonly restarted: Usage;
}

export async function benchScale(say: (text: string) => void): Promise<readonly ScaleResult[]> {
  const results: ScaleResult[] = [];
  for (const shards of DIVISIONS) results.push(await measure(shards, say));
  return results;
}

async function measure(shards: number, say: (text: string) => void): Promise<ScaleResult> {
  say(`starting Kubernetes for ${shards} ${shards === 1 ? "replica" : "replicas"}`);
  const cluster = await startCluster({ components: ["controller-manager"], log: say });
  const connection = await kubeconfigConnection({ path: cluster.kubeconfig() });
  const transport = createTransport(connection, { poolSizes: { write: CONCURRENCY } });
  const client = createClient(transport, "bench");
  let replicas: Replica[] = [];
  try {
    await installPalisade(cluster);
    await makeNamespaces(client);
    replicas = await Promise.all(
      Array.from({ length: shards }, (_, index) => start(cluster, `replica-${index}`, shards)),
    );
    await untilHeld(replicas, shards);
    say(`creating ${WORKLOADS} workloads in ${NAMESPACES} namespaces`);
    const startedMs = performance.now();
    await pooled(Array.from(Array(WORKLOADS).keys()), CONCURRENCY, async (index) => {
      await client.create(SECURE_WORKLOAD, workload(index));
    });
    await until(
      () => {
        mustRun(replicas);
        return isAllThere(client);
      },
      "every child",
      1_200_000,
    );
    const standSeconds = (performance.now() - startedMs) / 1_000;
    say(`all stand after ${standSeconds.toFixed(1)} s; waiting for quiet`);
    await untilQuiet(cluster);
    const before = usages(replicas);
    const writes = operatorWrites(cluster).length;
    await pause(QUIET_MS);
    const after = usages(replicas);
    const quiet = {
      seconds: QUIET_MS / 1_000,
      writes: operatorWrites(cluster).length - writes,
      cpuSeconds: sum(after) - sum(before),
    };
    // In order: what is killed is waited for.
    for (const replica of replicas) replica.signal("SIGTERM");
    await until(() => replicas.every((replica) => !replica.isRunning()), "the replicas to end");
    const restart = performance.now();
    const again = await start(cluster, "again", shards);
    replicas = [again];
    await untilHeld(replicas, shards);
    const startSeconds = (performance.now() - restart) / 1_000;
    await pause(10_000);
    return {
      shards,
      workloads: WORKLOADS,
      standSeconds,
      replicas: after,
      quiet,
      startSeconds,
      restarted: usageOf(again.pid),
    };
  } finally {
    for (const replica of replicas) await replica.end();
    await transport.close();
    await cluster.stop();
  }
}

/** Longer than a machine with little to spare starves a process: here nobody starts it again. */
const PERIODS = { leaderElection: { leaseSeconds: 90, renewSeconds: 60, retrySeconds: 1 } };

function start(cluster: TestCluster, name: string, shards: number): Promise<Replica> {
  const config = join(cluster.description?.folder ?? "", "scale.json");
  writeFileSync(config, JSON.stringify(PERIODS));
  return startReplica(cluster, {
    name,
    shards,
    flags: ["--log-level", "warn", "--config", config],
    nodeFlags: OLD_SPACE_MIB === undefined ? [] : [`--max-old-space-size=${OLD_SPACE_MIB}`],
  });
}

function mustRun(replicas: readonly Replica[]): void {
  for (const replica of replicas)
    if (!replica.isRunning()) throw new Error(`${replica.name} has ended:\n${replica.log().slice(-2_000)}`);
}

/** Every shard by one of them, evenly. */
const untilHeld = (replicas: readonly Replica[], shards: number): Promise<void> =>
  until(
    async () => {
      const held = await Promise.all(
        replicas.map(async (replica) => (await replica.metric("kopf_shards_held")).get("")),
      );
      return held.every((count) => count === shards / replicas.length);
    },
    "the shards to be held",
    120_000,
  );

const namespaceAt = (index: number): string => `team-${index % NAMESPACES}`;

async function makeNamespaces(client: Client): Promise<void> {
  await pooled(Array.from(Array(NAMESPACES).keys()), CONCURRENCY, async (index) => {
    await client.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceAt(index) } });
  });
}

const workload = (index: number): KubeObject => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name: `w${index}`, namespace: namespaceAt(index) },
  spec: {
    image: "registry.example.com/bench/app:1",
    replicas: 0,
    ports: [{ name: "http", port: 8080 }],
    access: { inbound: [{ workload: "gateway" }] },
  },
});

/** Without a look at the objects themselves, which would be what is measured. */
async function countOf(client: Client, resource: Resource): Promise<number> {
  const page = await client.transport.request<{
    readonly items: readonly unknown[];
    readonly metadata: { readonly remainingItemCount?: number };
  }>({ method: "GET", path: pathOf(resource, {}), query: { limit: 1 } });
  return page.items.length + (page.metadata.remainingItemCount ?? 0);
}

async function isAllThere(client: Client): Promise<boolean> {
  await pause(250);
  const counts = await Promise.all(KINDS.map((resource) => countOf(client, resource)));
  return counts.every((count) => count >= WORKLOADS);
}

async function untilQuiet(cluster: TestCluster): Promise<void> {
  for (let before = -1, now = 0; before !== now; ) {
    before = now;
    await pause(10_000);
    now = operatorWrites(cluster).length;
  }
}

const usages = (replicas: readonly Replica[]): readonly Usage[] => replicas.map(({ pid }) => usageOf(pid));

const sum = (used: readonly Usage[]): number => used.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0);
