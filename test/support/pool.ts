/**
 * The clusters of a test run: one for each worker of Jest, started by the first test file that needs it and handed from file to file. A worker
 * runs one file at a time, so whoever has the cluster has it alone; between two files everything that is stored is put back as it was.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { restoreSnapshot, type Snapshot, takeSnapshot } from "../cluster/etcd.ts";
import { type ClusterHandle, connectCluster, startCluster, type TestCluster, until } from "../cluster/index.ts";
import { enforce } from "./enforce.ts";
import { installPalisade } from "./install.ts";

const VARIABLE = "PALISADE_TEST_POOL";

/** `bare`: as it starts; `installed`: with the CRDs, roles and priorities of Palisade. */
export type ClusterState = "bare" | "installed";

interface Pooled {
  /** The worker, with which the cluster ends. */
  readonly owner: number;
  readonly handle: ClusterHandle;
  readonly snapshots: Readonly<Record<ClusterState, Snapshot>>;
}

export function openPool(): void {
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), "palisade-pool-"));
}

/** Ends every cluster of the pool. */
export async function closePool(): Promise<void> {
  const folder = poolFolder();
  const pooled = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Pooled);
  await Promise.all(pooled.map(({ handle }) => connectCluster(handle).stop()));
  rmSync(folder, { recursive: true, force: true });
}

function poolFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined)
    throw new Error("there are no clusters here: move the test below test/, or use startCluster()");
  return folder;
}

/** This worker's cluster, with nothing in it that an earlier test file made. */
export async function takeCluster(state: ClusterState): Promise<TestCluster> {
  const file = join(poolFolder(), `worker-${process.env["JEST_WORKER_ID"] ?? "1"}.json`);
  const pooled = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Pooled) : undefined;
  const usable = pooled?.owner === process.pid ? pooled : await startPooled(file);
  await reset(usable, state);
  return connectCluster(usable.handle);
}

async function startPooled(file: string): Promise<Pooled> {
  const cluster = await startCluster({
    components: ["controller-manager", "scheduler"],
    log: (line) => console.error(line),
  });
  const bare = await takeSnapshot(etcdOf(cluster.handle));
  await installPalisade(cluster);
  const installed = await takeSnapshot(etcdOf(cluster.handle));
  const pooled: Pooled = { owner: process.pid, handle: cluster.handle, snapshots: { bare, installed } };
  writeFileSync(file, JSON.stringify(pooled), { mode: 0o600 });
  return pooled;
}

const etcdOf = (handle: ClusterHandle): string => {
  if (handle.kind !== "embedded") throw new Error("only an embedded cluster can be put back as it was");
  return handle.description.etcd;
};

async function reset({ handle, snapshots }: Pooled, state: ClusterState): Promise<void> {
  const differed = [...(await restoreSnapshot(etcdOf(handle), snapshots[state]))];
  const cluster = connectCluster(handle);
  // What kubectl learned of the kinds that were served before.
  rmSync(join(cluster.kubeconfig(), "..", "kubectl-cache"), { recursive: true, force: true });
  if (differed.some((path) => path.includes("/customresourcedefinitions/"))) await untilServed(cluster, state);
  // The API server takes up policies all at once: with a new one in force, those that are gone are not.
  if (differed.some((path) => path.includes("/validatingadmissionpolic"))) await enforce(cluster, []);
}

/** Palisade's own kinds, or none of them. */
const untilServed = (cluster: TestCluster, state: ClusterState): Promise<void> =>
  until(async () => {
    const answers = await Promise.all(
      CUSTOM_KINDS.map(({ resource: { group, version, plural } }) =>
        cluster.kubectl(["get", "--raw", `/apis/${group}/${version}/${plural}?limit=1`]),
      ),
    );
    return answers.every(({ code }) => (code === 0) === (state === "installed"));
  }, `Palisade to be ${state}`);
