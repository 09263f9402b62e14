/**
 * Two replicas as in production, one of which leads, and what happens to machines: a process is killed or stands still, clocks are wrong, the
 * network is cut, the API server goes. After each of them what was changed is put right, once.
 */

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type Client, createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { configSchema } from "../../src/config/schema.ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { DEPLOYMENT, NAMESPACE } from "../../src/kubernetes/kinds.ts";
import { until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { startProxyFor } from "../support/followed-cache.ts";
import { type Replica, type ReplicaOptions, startReplica } from "../support/replicas.ts";
import { scaleUp, trustedClient, untilUndone } from "../support/tampering.ts";
import { claimsOn, outsideTenure, writesOf } from "../support/tenures.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const { leaseSeconds } = configSchema.parse({}).leaderElection;
const LEASE_MS = leaseSeconds * 1_000;
/** What an installation may count on. */
const HANDOVER_MS = 10_000;
const HOUR_MS = 3_600_000;
const LEASE = "palisade";
const NAME = { namespace: "shop", name: "web" };

let admin: Client;
let trusted: Client;
let replicas: Replica[] = [];

const { cluster } = useCluster();

beforeAll(async () => {
  admin = createClient(createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() })), "test");
  trusted = await trustedClient(cluster);
  await admin.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAME.namespace } });
  await admin.create(SECURE_WORKLOAD, aWorkload(NAME.name, NAME.namespace, { replicas: 0 }) as unknown as KubeObject);
}, 120_000);

afterAll(async () => {
  await trusted?.transport.close();
  await admin?.transport.close();
});

afterEach(async () => {
  // The next pair starts at once when the Lease is released.
  for (const replica of replicas) if (replica.isRunning()) replica.signal("SIGTERM");
  await until(() => replicas.every((replica) => !replica.isRunning()), "the replicas to end");
  expect(outsideTenure(writesOf(cluster), claimsOn(cluster, LEASE), LEASE_MS)).toEqual([]);
  replicas = [];
});

let started = 0;

/** The first of them leads, and all that there is to write is written. */
async function aPair(first: Partial<ReplicaOptions> = {}, second: Partial<ReplicaOptions> = {}) {
  for (const options of [first, second]) {
    started += 1;
    replicas.push(await startReplica(cluster, { name: `replica-${started}`, ...options }));
  }
  const [leader, standby] = replicas;
  if (leader === undefined || standby === undefined) throw new Error("no pair");
  await until(async () => (await admin.get(DEPLOYMENT, NAME)) !== undefined, "the Deployment");
  await untilQuiet();
  expect(claimsOn(cluster, LEASE).at(-1)?.writer).toBe(leader.name);
  return { leader, standby };
}

const writesTo = (name: string) => writesOf(cluster).filter(({ what }) => what.endsWith(` ${name}`));

async function untilQuiet(): Promise<void> {
  let before = -1;
  await until(async () => {
    const now = writesOf(cluster).length;
    const isQuiet = now === before;
    before = now;
    await pause(1_000);
    return isQuiet;
  }, "the operator to be quiet");
}

/** Who put it right, when it takes as long as is allowed; nobody has written to it beside that. */
async function putRightOnce(withinMs: number): Promise<string> {
  await untilUndone(trusted, NAME, withinMs);
  await pause(1_500);
  const [first, ...others] = writesTo(NAME.name)
    .slice(written)
    .filter(({ what, accepted }) => accepted && what.includes("deployments"));
  expect(others).toEqual([]);
  return first?.writer ?? "nobody";
}

let written = 0;

async function tamper(): Promise<number> {
  written = writesTo(NAME.name).length;
  await scaleUp(trusted, NAME);
  return performance.now();
}

const within = (startedMs: number): number => HANDOVER_MS - (performance.now() - startedMs);

test.each([
  { ahead: "leader", skews: [HOUR_MS, -HOUR_MS] },
  { ahead: "standby", skews: [-HOUR_MS, HOUR_MS] },
])(
  "a leader that is killed is replaced in ten seconds, with the clock of the $ahead an hour ahead and the other's behind",
  async ({ skews: [first = 0, second = 0] }) => {
    const { leader, standby } = await aPair({ clockSkewMs: first }, { clockSkewMs: second });
    // Clocks that disagree move nobody, however long.
    await pause(LEASE_MS + 1_000);
    expect(claimsOn(cluster, LEASE).at(-1)?.writer).toBe(leader.name);
    leader.signal("SIGKILL");
    const killedMs = performance.now();
    await tamper();
    expect(await putRightOnce(within(killedMs))).toBe(standby.name);
    console.log(
      `killed to put right: ${((performance.now() - killedMs - 1_500) / LEASE_MS).toFixed(2)} of leaseSeconds`,
    );
  },
  90_000,
);

test("a leader that stood still past its deadline writes nothing when it goes on, and ends", async () => {
  const { leader, standby } = await aPair();
  leader.signal("SIGSTOP");
  const stoppedMs = performance.now();
  await tamper();
  expect(await putRightOnce(within(stoppedMs))).toBe(standby.name);
  const before = writesOf(cluster).filter(({ writer }) => writer === leader.name).length;
  leader.signal("SIGCONT");
  await tamper();
  expect(await putRightOnce(5_000)).toBe(standby.name);
  await until(() => !leader.isRunning(), "the former leader to end");
  expect(leader.log()).toContain("lost leadership");
  expect(writesOf(cluster).filter(({ writer }) => writer === leader.name)).toHaveLength(before);
}, 60_000);

// A minute in the field; here as long as it takes to exceed every period there is.
test("a leader whose network is cut ends by itself, and the other goes on", async () => {
  const proxy: FaultProxy = await startProxyFor(cluster);
  try {
    const { leader, standby } = await aPair({ server: proxy.url });
    await proxy.refuse();
    const cutMs = performance.now();
    await tamper();
    expect(await putRightOnce(within(cutMs))).toBe(standby.name);
    await until(() => !leader.isRunning(), "the former leader to end");
    await proxy.accept();
    await tamper();
    expect(await putRightOnce(5_000)).toBe(standby.name);
  } finally {
    await proxy.close();
  }
}, 60_000);

test("an API server that goes and comes back leaves one leader, which puts right what was changed, once", async () => {
  await aPair();
  await tamper();
  await cluster.restartApiServer();
  // Whoever could not renew in time has ended, as it should, and is started again.
  if (!replicas.some((replica) => replica.isRunning()))
    replicas.push(await startReplica(cluster, { name: "replica-again" }));
  await untilUndone(trusted, NAME, 30_000);
  await untilQuiet();
  await tamper();
  await putRightOnce(15_000);
  const holder = claimsOn(cluster, LEASE).at(-1)?.writer;
  expect(replicas.filter((replica) => replica.isRunning()).map(({ name }) => name)).toContain(holder);
}, 120_000);
