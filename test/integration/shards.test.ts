/** Three replicas divide the namespaces while some of them are killed, stopped, frozen and added: each namespace has one writer at any time. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  type Client,
  createClient,
  createTransport,
  type KubeObject,
  kubeconfigConnection,
  type Transport,
} from "kopf-ts";
import { SECURE_WORKLOAD, SECURITY_EXCEPTION } from "../../src/crds/group.ts";
import { shardOfText } from "../../src/kopf/rendezvous.ts";
import { DEPLOYMENT, NAMESPACE, STATEFUL_SET } from "../../src/kubernetes/kinds.ts";
import { until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { anException } from "../support/exceptions.ts";
import { type Replica, startReplica } from "../support/replicas.ts";
import { isScaledUp, scaleUp, trustedClient, untilUndone } from "../support/tampering.ts";
import { claimsOn, outsideTenure, type Written, writesOf } from "../support/tenures.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SHARDS = 3;
/** As `src/config/schema.ts` has it. */
const LEASE_MS = 7_000;
const CHURN_MS = 30_000;
/** On a slow machine it takes longer: each way to end a replica comes at least once. */
const LEAST_ACTS = 4;
const TYPES = [DEPLOYMENT, STATEFUL_SET];
const NAMES = Array.from({ length: 12 }, (_, index) => ({
  namespace: `team-${index}`,
  name: "web",
  resource: TYPES[index % TYPES.length] ?? DEPLOYMENT,
}));

let transport: Transport;
let admin: Client;
let trusted: Client;
const replicas: Replica[] = [];

const { cluster } = useCluster();

beforeAll(async () => {
  transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }));
  admin = createClient(transport, "test");
  trusted = await trustedClient(cluster);
  for (const { namespace } of NAMES)
    await admin.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
}, 120_000);

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.end()));
  await trusted?.transport.close();
  await transport?.close();
});

let started = 0;

async function add(): Promise<void> {
  started += 1;
  replicas.push(await startReplica(cluster, { name: `replica-${started}`, shards: SHARDS }));
}

const running = (): readonly Replica[] => replicas.filter((replica) => replica.isRunning());

const oneOf = <T>(items: readonly T[]): T => {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
};

/** Longer than a replica may say nothing and still hold a shard. */
async function freeze(replica: Replica): Promise<void> {
  replica.signal("SIGSTOP");
  await pause(LEASE_MS + 1_500);
  replica.signal("SIGCONT");
}

const ACTS: readonly ((replica: Replica) => void | Promise<void>)[] = [
  (replica) => replica.signal("SIGKILL"),
  (replica) => replica.signal("SIGTERM"),
  freeze,
];

async function churn(): Promise<void> {
  const untilMs = performance.now() + CHURN_MS;
  for (let round = 0; round < LEAST_ACTS || performance.now() < untilMs; round += 1) {
    const replica = oneOf(running());
    await ACTS[round % ACTS.length]?.(replica);
    await pause(1_000 + Math.random() * 2_000);
    if (running().length < 3) await add();
  }
}

async function tamper(goesOn: () => boolean): Promise<number> {
  let count = 0;
  while (goesOn()) {
    const name = oneOf(NAMES);
    if (!(await isScaledUp(trusted, name))) {
      await scaleUp(trusted, name);
      count += 1;
    }
    await pause(400);
  }
  return count;
}

/** Exceptions belong to the cluster, and to the shard of their workload's namespace. */
async function except(goesOn: () => boolean): Promise<readonly string[]> {
  const names: string[] = [];
  while (goesOn()) {
    const { namespace } = oneOf(NAMES);
    const name = `${namespace}-x${names.length}`;
    await admin.create(SECURITY_EXCEPTION, anException(name, { workload: { namespace, name: "web" } }));
    names.push(name);
    await pause(2_000);
  }
  return names;
}

async function isInForce(name: string): Promise<boolean> {
  const live = await admin.get(SECURITY_EXCEPTION, { name });
  const status = live?.["status"] as { readonly conditions?: readonly { type: string; status: string }[] } | undefined;
  return status?.conditions?.some(({ type, status }) => type === "Active" && status === "True") === true;
}

/** What is written of an exception names it: its own status, and Events, which stand in `default`. */
const namespaceOf = ({ what, namespace }: Written): string | undefined =>
  /^\w+ (?:securityexceptions|events)\S* (team-\d+)-x\d+/.exec(what)?.[1] ?? namespace;

const shardOf = (write: Written): number => {
  const namespace = namespaceOf(write);
  return namespace === undefined ? 0 : shardOfText(namespace, SHARDS);
};

const shardsHeld = (): Promise<readonly (number | undefined)[]> =>
  Promise.all(running().map(async (replica) => (await replica.metric("kopf_shards_held")).get("")));

test("three replicas hold a shard each, and make every workload's children", async () => {
  await Promise.all(Array.from({ length: 3 }, add));
  await until(async () => (await shardsHeld()).every((count) => count === 1), "a shard for each", 30_000);
  for (const { namespace, name, resource } of NAMES) {
    const spec = { type: resource.kind, replicas: 0 };
    await admin.create(SECURE_WORKLOAD, aWorkload(name, namespace, spec) as unknown as KubeObject);
  }
  for (const { resource, ...name } of NAMES)
    await until(async () => (await admin.get(resource, name)) !== undefined, `${resource.kind} in ${name.namespace}`);
  const writers = new Set(writesOf(cluster).map(({ writer }) => writer));
  expect([...writers].sort()).toEqual(replicas.map(({ name }) => name).sort());
}, 120_000);

test("under churn every namespace has one writer at any time, and every drift ends corrected", async () => {
  let isChurning = true;
  const churned = churn().finally(() => {
    isChurning = false;
  });
  const goesOn = (): boolean => isChurning;
  const [, tamperings, exceptions] = await Promise.all([churned, tamper(goesOn), except(goesOn)]);
  for (const name of NAMES) await untilUndone(trusted, name, 3 * LEASE_MS);
  for (const name of exceptions) await until(() => isInForce(name), `the exception ${name}`, 3 * LEASE_MS);
  expect(tamperings).toBeGreaterThan(20);
  expect(exceptions.length).toBeGreaterThan(5);
  const writes = writesOf(cluster);
  const claims = Array.from({ length: SHARDS }, (_, shard) => claimsOn(cluster, `palisade-shard-${shard}`));
  const overlapping = claims.map((claimed, shard) => {
    const own = writes.filter((write) => shardOf(write) === shard);
    expect(own.length).toBeGreaterThan(10);
    return outsideTenure(own, claimed, LEASE_MS);
  });
  expect(overlapping.flat()).toEqual([]);
  const holders = claims.map((claimed) => new Set(claimed.map(({ writer }) => writer)).size);
  expect(Math.max(...holders)).toBeGreaterThan(1);
}, 180_000);

test("replicas with another number of shards write nothing until the others are gone, and then take over", async () => {
  const before = running();
  const next = await startReplica(cluster, { name: "next", shards: 2 });
  replicas.push(next);
  const [name = { namespace: "", name: "" }] = NAMES;
  await until(async () => (await next.metric("kopf_shard_maps_differ")).get("") === 1, "the new replica to wait");
  await scaleUp(trusted, name);
  await untilUndone(trusted, name, 3 * LEASE_MS);
  expect(writesOf(cluster).filter(({ writer }) => writer === "next")).toEqual([]);
  for (const replica of before) replica.signal("SIGTERM");
  await until(async () => (await next.metric("kopf_shards_held")).get("") === 2, "the new replica to work", 30_000);
  await scaleUp(trusted, name);
  await untilUndone(trusted, name, LEASE_MS);
  const writes = writesOf(cluster).filter(({ writer }) => writer === "next");
  expect(writes.map(({ what }) => what)).toContain("update deployments web");
}, 120_000);
