/** What is measured of a contender, one phase after the other on one cluster. */
import { type Client, type KubeObject, keyOf } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { CONFIG_MAP, DEPLOYMENT, NAMESPACE, POD, ROLE_BINDING, SERVICE_ACCOUNT } from "../../src/kubernetes/kinds.ts";
import { until } from "../../test/cluster/index.ts";
import { pause } from "../../test/cluster/pause.ts";
import { percentile, pooled } from "../measure.ts";
import { TAMPERING } from "../tampering.ts";
import { CONCURRENCY, type Running } from "./contenders.ts";
import { CHILDREN, imageOf, indices, placeOf, versionIn, type Watched, workloadOf } from "./objects.ts";

const SETTLED_MS = 2_000;
const CHANGES_A_SECOND = 30;
const STORM_MIB = 100;
const STORM_BINDINGS = 500;

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What a phase took of the operator. */
export interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly reads: number;
  readonly writes: number;
}

export const latencyOf = (durations: readonly number[]): Latency => ({
  p50Ms: percentile(durations, 0.5),
  p99Ms: percentile(durations, 0.99),
});

/** What an operator spends while something is done, and until it has answered all of it. */
export async function spending<T>(operator: Running, work: () => Promise<T>): Promise<Spent & { readonly result: T }> {
  const [used, sent, startedMs] = [operator.usage(), await operator.counts(), performance.now()];
  const result = await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  await untilSettled(operator);
  const [usedThen, sentThen] = [operator.usage(), await operator.counts()];
  return {
    result,
    seconds,
    cpuSeconds: usedThen.cpuSeconds - used.cpuSeconds,
    reads: sentThen.reads - sent.reads,
    writes: sentThen.writes - sent.writes,
  };
}

/** Its queue is empty, and for a while it put nothing into it and sent nothing but what renews a Lease. */
export async function untilSettled(operator: Running): Promise<void> {
  for (;;) {
    const before = await operator.counts();
    await pause(SETTLED_MS);
    const now = await operator.counts();
    if (now.waiting === 0 && now.adds === before.adds && now.writes - before.writes <= SETTLED_MS / 500) return;
  }
}

/** From the common start until all children of a workload were seen, for each of them. `make` puts one in. */
export async function creation(
  watched: Watched,
  workloads: number,
  make: (index: number) => Promise<void>,
): Promise<readonly number[]> {
  const seen = new Map<string, Set<string>>();
  const durations: number[] = [];
  const startedMs = performance.now();
  const forget = watched.onChild(({ metadata }, kind) => {
    const key = keyOf(metadata);
    const kinds = seen.get(key) ?? new Set();
    if (kinds.has(kind)) return;
    seen.set(key, kinds.add(kind));
    if (kinds.size === CHILDREN.length) durations.push(performance.now() - startedMs);
  });
  await pooled(indices(workloads), CONCURRENCY, make);
  await until(() => durations.length >= workloads, "every child", 60_000 + workloads * 300);
  forget();
  return durations;
}

export const createWorkload =
  (client: Client) =>
  async (index: number): Promise<void> => {
    await client.create(SECURE_WORKLOAD, workloadOf(index));
  };

/** From the answer to the tampering until a watch shows it undone. */
export async function tampering(client: Client, watched: Watched, count: number, workloads: number) {
  const durations: number[] = [];
  for (const number of indices(count)) {
    const attack = TAMPERING[number % TAMPERING.length];
    if (attack === undefined) continue;
    const place = placeOf(Math.floor(Math.random() * workloads));
    const arrived: { readonly object: KubeObject; readonly atMs: number }[] = [];
    const forget = watched.onChild((object, kind) => {
      if (kind !== attack.resource.kind || keyOf(object.metadata) !== keyOf(place)) return;
      arrived.push({ object, atMs: performance.now() });
    });
    const tampered = await client.patch(attack.resource, place, attack.patch, { type: "merge" });
    const doneMs = performance.now();
    const version = Number(tampered.metadata.resourceVersion);
    const undone = () =>
      arrived.find(({ object }) => Number(object.metadata.resourceVersion) > version && attack.isUndone(object));
    await until(() => undone() !== undefined, `${attack.resource.kind} ${keyOf(place)} to be put right`, 20_000);
    durations.push(Math.max(0, (undone()?.atMs ?? doneMs) - doneMs));
    forget();
    await pause(20);
  }
  return durations;
}

/** A change of a spec that no watch showed in the child yet. */
interface Pending {
  readonly version: number;
  readonly seen: (atMs: number) => void;
}

/** From the answer to a change of a spec until a watch shows it, or a later one, in the child; at an even pace. */
export async function changes(client: Client, watched: Watched, seconds: number, workloads: number) {
  const pending = indices(workloads).map((): Pending[] => []);
  const byKey = new Map(pending.map((some, index) => [keyOf(placeOf(index)), some]));
  const forget = watched.onChild((object, kind) => {
    const some = kind === DEPLOYMENT.kind ? byKey.get(keyOf(object.metadata)) : undefined;
    const shown = some === undefined ? 0 : versionIn(object);
    while (some?.[0] !== undefined && some[0].version <= shown) some.shift()?.seen(performance.now());
  });
  const durations: number[] = [];
  const startedMs = performance.now();
  const change = async (index: number, round: number): Promise<void> => {
    const dueMs = startedMs + ((round * workloads + index) * 1_000) / CHANGES_A_SECOND;
    await pause(Math.max(0, dueMs - performance.now()));
    const version = 2 + round;
    const shown = new Promise<number>((resolve) => pending[index]?.push({ version, seen: resolve }));
    await client.patch(SECURE_WORKLOAD, placeOf(index), { spec: { image: imageOf(version) } }, { type: "merge" });
    const doneMs = performance.now();
    void shown.then((atMs) => durations.push(Math.max(0, atMs - doneMs)));
  };
  const count = seconds * CHANGES_A_SECOND;
  await Promise.all(
    indices(Math.min(count, workloads)).map(async (index) => {
      // One after the other for each workload, so that versions are stored in their order.
      for (let round = 0; round * workloads + index < count; round += 1) await change(index, round);
    }),
  );
  await until(() => durations.length >= count, "every change to be in its child", 60_000 + count * 100);
  forget();
  return durations;
}

/** What concerns nobody: pods of strangers, big ConfigMaps that change, RoleBindings. Returns how many pods there were. */
export async function storm(client: Client, seconds: number): Promise<number> {
  const namespace = "strangers";
  await client.create(NAMESPACE, { apiVersion: "v1", kind: NAMESPACE.kind, metadata: { name: namespace } });
  const account = { namespace, name: "default" };
  await until(
    async () => (await client.get(SERVICE_ACCOUNT, account)) !== undefined,
    "the account of the strangers' pods",
  );
  const untilMs = performance.now() + seconds * 1_000;
  let pods = 0;
  const comeAndGo = async (): Promise<void> => {
    const name = `pod-${pods++}`;
    const spec = { containers: [{ name: "app", image: imageOf(1) }] };
    await client.create(POD, { apiVersion: "v1", kind: POD.kind, metadata: { name, namespace }, spec });
    await client.delete(POD, { namespace, name }, { gracePeriodSeconds: 0 });
  };
  await Promise.all([
    ...indices(CONCURRENCY).map(async () => {
      while (performance.now() < untilMs) await comeAndGo();
    }),
    pooled(indices(STORM_MIB), 1, async (index) => {
      const metadata = { name: `big-${index}`, namespace };
      const object = { apiVersion: "v1", kind: CONFIG_MAP.kind, metadata, data: { value: "x".repeat(1 << 19) } };
      await client.create(CONFIG_MAP, object);
      await client.patch(CONFIG_MAP, metadata, { data: { value: "y".repeat(1 << 19) } }, { type: "merge" });
    }),
    pooled(indices(STORM_BINDINGS), 1, async (index) => {
      await client.create(ROLE_BINDING, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: ROLE_BINDING.kind,
        metadata: { name: `view-${index}`, namespace },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `user-${index}` }],
      });
    }),
  ]);
  return pods;
}

/** From the start of its process until it has looked at every workload; it has to hold the Lease by then. */
export async function untilInSync(operator: Running, workloads: number): Promise<void> {
  await until(
    async () => {
      const { adds, waiting } = await operator.counts();
      return adds >= workloads && waiting === 0;
    },
    "every workload to be looked at",
    600_000,
  );
}
