/** Two operators on one Lease of a real API server. Each writes its name into one object as fast as it can; the order of versions tells who wrote when. */
import {
  type Client,
  createOperator,
  createTransport,
  type KubeObject,
  LEASE,
  LeaseLostError,
  mapChanges,
  type Operator,
  waiting,
} from "kopf-ts";
import { pino } from "pino";
import { until } from "../cluster/index.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import {
  CONFIG_MAP,
  configMap,
  connectionThrough,
  createNamespace,
  directClient,
  startProxyFor,
} from "../support/followed-cache.ts";
import { SteppedClock } from "../support/stepped-clock.ts";
import { useCluster } from "../support/use-palisade.ts";

const silent = pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" });
const LEDGER = "ledger";
const LEASE_PATH = { path: /\/leases/ } as const;
const UNAVAILABLE = { kind: "status", status: 500, reason: "InternalError" } as const;
const ALWAYS = Number.POSITIVE_INFINITY;

let client: Client;
let namespace: string;
let journal: { readonly writers: readonly string[]; stop(): Promise<void> };
let writers: Writer[] = [];

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  client = await directClient(cluster);
});

afterAll(() => client.transport.close());

beforeEach(async () => {
  namespace = await createNamespace(client, "election");
  await client.create(CONFIG_MAP, configMap(namespace, LEDGER, ""));
  journal = await followLedger();
  writers = [];
});

afterEach(async () => {
  for (const writer of writers) await writer.stop();
  await journal.stop();
});

interface Writer {
  readonly operator: Operator;
  readonly proxy: FaultProxy;
  readonly clock: SteppedClock;
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** Who wrote the ledger, write after write, as the server's own watch tells. */
async function followLedger(): Promise<typeof journal> {
  const seen: string[] = [];
  const proxy = await startProxyFor(cluster);
  const transport = createTransport(await connectionThrough(proxy, cluster));
  const stop = new AbortController();
  const observer = createOperator({ name: "observer.example", transport, logger: silent });
  const writerOf = (object: KubeObject): string => String((object["data"] as { value?: string } | undefined)?.value);
  const cache = observer.cache<string>({ resource: CONFIG_MAP, namespace, shape: writerOf });
  cache.onChange(({ name, new: writer }) => {
    if (name.name === LEDGER && writer !== undefined && writer !== "") seen.push(writer.split(" ")[0] ?? "");
  });
  const ended = observer.run(stop.signal);
  await cache.whenSynced();
  return {
    writers: seen,
    stop: async () => {
      stop.abort();
      await ended;
      await proxy.close();
    },
  };
}

async function startWriter(identity: string): Promise<Writer> {
  const proxy = await startProxyFor(cluster);
  const clock = new SteppedClock();
  const operator = createOperator({
    name: "writer.example",
    identity,
    clock,
    logger: silent,
    transport: createTransport(await connectionThrough(proxy, cluster)),
    election: { namespace, leaseMs: 3_000, renewMs: 2_000, retryMs: 300 },
  });
  let count = 0;
  const ledger = operator.cache({ resource: CONFIG_MAP, namespace, shape: ({ metadata }) => metadata.name });
  operator.reconcile(
    "ledger",
    async ({ name, signal }) => {
      count += 1;
      const patch = { data: { value: `${identity} ${count}` } };
      await operator.client.patch(CONFIG_MAP, name, patch, { type: "merge", signal });
      return waiting("Again", 10);
    },
    { sources: [mapChanges(ledger, ({ key, name }) => (name.name === LEDGER ? [key] : []))] },
  );
  const stop = new AbortController();
  const ended = operator.run(stop.signal).catch((error: unknown) => error);
  const writer: Writer = {
    operator,
    proxy,
    clock,
    ended,
    stop: async () => {
      stop.abort();
      await ended;
      await proxy.close();
    },
  };
  writers.push(writer);
  return writer;
}

const hasWritten = (identity: string, times = 5): boolean =>
  journal.writers.filter((writer) => writer === identity).length >= times;

/** The writers without repeats in a row: `["first", "second"]` says that no write of one fell among the other's. */
const turns = (): readonly string[] => journal.writers.filter((writer, index, all) => writer !== all[index - 1]);

interface Spec {
  readonly holderIdentity: string;
  readonly leaseTransitions: number;
  readonly leaseDurationSeconds: number;
  readonly renewTime: string;
}

async function lease(): Promise<Spec> {
  return (await client.get(LEASE, { namespace, name: "writer.example" }))?.["spec"] as Spec;
}

async function aPair(): Promise<readonly [Writer, Writer]> {
  const first = await startWriter("first");
  await until(() => hasWritten("first"), "the first to write");
  const second = await startWriter("second");
  await until(() => Object.values(second.operator.readiness()).every(Boolean), "the second to be in sync");
  return [first, second];
}

test("one of two writes; the other stands by in sync, and takes over when the first stops and releases", async () => {
  const [first, second] = await aPair();
  expect([first.operator.isLeader(), second.operator.isLeader()]).toEqual([true, false]);
  await first.stop();
  await until(() => hasWritten("second"), "the second to write");
  expect(turns()).toEqual(["first", "second"]);
  expect(await lease()).toMatchObject({ holderIdentity: "second", leaseTransitions: 1, leaseDurationSeconds: 3 });
  expect((await lease()).renewTime).toMatch(/\.\d{6}Z$/);
});

test("a stop releases the Lease: nobody holds it, and it runs out in a second", async () => {
  const only = await startWriter("only");
  await until(() => hasWritten("only"), "a write");
  await only.stop();
  expect(await only.ended).toBeUndefined();
  expect(await lease()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
});

test("a leader that is cut off from the server ends before the other writes", async () => {
  const [first, second] = await aPair();
  await first.proxy.refuse();
  await until(() => hasWritten("second"), "the second to write", 30_000);
  expect(await first.ended).toBeInstanceOf(LeaseLostError);
  await first.proxy.accept();
  await until(() => hasWritten("second", 50), "more writes of the second");
  expect(turns()).toEqual(["first", "second"]);
  expect(second.operator.isLeader()).toBe(true);
});

test("a leader that can write but not renew stops writing before the other starts", async () => {
  const [first] = await aPair();
  first.proxy.inject(UNAVAILABLE, { ...LEASE_PATH, times: ALWAYS });
  await until(() => hasWritten("second", 50), "the second to write", 30_000);
  expect(await first.ended).toBeInstanceOf(LeaseLostError);
  expect(turns()).toEqual(["first", "second"]);
});

test("renewals whose answers are lost keep the leader, since the server took them", async () => {
  const [first, second] = await aPair();
  first.proxy.inject({ kind: "lost-answer" }, { ...LEASE_PATH, method: "PUT", times: 3 });
  await until(() => first.proxy.count({ ...LEASE_PATH, method: "PUT" }) > 12, "a dozen renewals", 30_000);
  expect([first.operator.isLeader(), second.operator.isLeader()]).toEqual([true, false]);
  expect(turns()).toEqual(["first"]);
});

test.each([3_600_000, -3_600_000])("a wall clock that jumps by %d ms on either side moves nobody", async (jumpMs) => {
  const [first, second] = await aPair();
  first.clock.step(jumpMs);
  second.clock.step(-jumpMs);
  const renewals = first.proxy.count({ ...LEASE_PATH, method: "PUT" });
  await until(() => first.proxy.count({ ...LEASE_PATH, method: "PUT" }) > renewals + 12, "a dozen renewals", 30_000);
  expect([first.operator.isLeader(), second.operator.isLeader()]).toEqual([true, false]);
  expect(turns()).toEqual(["first"]);
});

test("a Lease that is deleted under its holder does not let another in", async () => {
  const [first] = await aPair();
  await client.delete(LEASE, { namespace, name: "writer.example" });
  await until(async () => (await lease()) !== undefined, "the Lease to be back");
  const renewals = first.proxy.count(LEASE_PATH);
  await until(() => first.proxy.count(LEASE_PATH) > renewals + 12, "more renewals", 30_000);
  expect((await lease()).holderIdentity).toBe("first");
  expect(turns()).toEqual(["first"]);
});

test("a standby's client refuses every write, and reads", async () => {
  const [, second] = await aPair();
  await expect(second.operator.client.create(CONFIG_MAP, configMap(namespace, "stray"))).rejects.toThrow(
    "this replica does not lead",
  );
  expect(await second.operator.client.get(CONFIG_MAP, { namespace, name: LEDGER })).toBeDefined();
  expect(await client.get(CONFIG_MAP, { namespace, name: "stray" })).toBeUndefined();
});
