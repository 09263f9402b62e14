/**
 * Palisade beside an operator on controller-runtime that makes the same five children and nothing else, each on a fresh cluster of the same machine;
 * and the same objects sent raw, which is what the API server can do at all. No admission policy stands: tampering is undone, not refused.
 */
import { type Client, createClient, createTransport, kubeconfigConnection, type Transport } from "kopf-ts";
import { startCluster, type TestCluster } from "../../test/cluster/index.ts";
import { pause } from "../../test/cluster/pause.ts";
import { installPalisade } from "../../test/support/install.ts";
import { makeRaw } from "../raw.ts";
import type { Usage } from "../usage.ts";
import { CONCURRENCY, CONTENDERS, type Contender, type Running, startContender } from "./contenders.ts";
import { makeNamespaces, type Watched, watchChildren, workloadOf } from "./objects.ts";
import {
  changes,
  createWorkload,
  creation,
  type Latency,
  latencyOf,
  type Spent,
  spending,
  storm,
  tampering,
  untilInSync,
  untilSettled,
} from "./phases.ts";

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const TAMPERINGS = number("TAMPERINGS", 200);
const CHANGE_SECONDS = number("CHANGE_SECONDS", 30);
const QUIET_SECONDS = number("QUIET_SECONDS", 60);
const STORM_SECONDS = number("STORM_SECONDS", 20);
const EMPTY_MS = 5_000;

export interface ContestResult {
  readonly contender: Contender["name"];
  readonly workloads: number;
  readonly creation: Latency & Spent;
  readonly changes: Latency & Spent & { readonly count: number; readonly toldAsDrift: number };
  readonly tampering: Latency & Spent;
  readonly storm: Spent & { readonly pods: number; readonly grownMiB: number };
  readonly quiet: Spent;
  readonly restart: Spent;
  /** In MiB: without a workload, with all of them, and the most it ever had. */
  readonly memory: { readonly empty: number; readonly steady: number; readonly peak: number };
}

/** Of the raw objects. */
export interface Floor extends Latency {
  readonly workloads: number;
}

export interface Contest {
  readonly workloads: number;
  readonly floor: Floor;
  readonly results: readonly ContestResult[];
}

type Say = (text: string) => void;

export async function benchContest(workloads: number, say: Say): Promise<Contest> {
  const floor = await onCluster(say, async ({ client, watched }) => {
    say(`creating ${workloads} workloads and their children raw, ${CONCURRENCY} at once`);
    await makeNamespaces(client, workloads);
    return latencyOf(await creation(watched, workloads, (index) => makeRaw(client, workloadOf(index))));
  });
  const results: ContestResult[] = [];
  for (const contender of CONTENDERS)
    results.push(await onCluster(say, (place) => measure(contender, { ...place, workloads }, say)));
  return { workloads, floor: { ...floor, workloads }, results };
}

interface Place {
  readonly cluster: TestCluster;
  readonly folder: string;
  readonly client: Client;
  readonly watched: Watched;
}

async function onCluster<T>(say: Say, work: (place: Place) => Promise<T>): Promise<T> {
  const cluster = await startCluster({ components: ["controller-manager"], log: say });
  let transport: Transport | undefined;
  let watched: Watched | undefined;
  try {
    const folder = cluster.description?.folder;
    if (folder === undefined) throw new Error("the contest needs clusters of its own: unset PALISADE_CLUSTER");
    await installPalisade(cluster);
    const connection = await kubeconfigConnection({ path: cluster.kubeconfig() });
    transport = createTransport(connection, { poolSizes: { write: CONCURRENCY } });
    watched = await watchChildren(transport);
    return await work({ cluster, folder, client: createClient(transport, "bench"), watched });
  } finally {
    await watched?.end();
    await transport?.close();
    await cluster.stop();
  }
}

async function measure(
  contender: Contender,
  { cluster, folder, client, watched, workloads }: Place & { readonly workloads: number },
  say: Say,
): Promise<ContestResult> {
  const command = await contender.command(cluster, folder);
  await makeNamespaces(client, workloads);
  let operator: Running | undefined = await startContender(contender, folder, command);
  try {
    await untilSettled(operator);
    await pause(EMPTY_MS);
    const empty = operator.usage();
    say(`${contender.name}: creating ${workloads} workloads`);
    const made = await spending(operator, () => creation(watched, workloads, createWorkload(client)));
    say(`${contender.name}: changing specs for ${CHANGE_SECONDS} s`);
    const { corrections } = await operator.counts();
    const changed = await spending(operator, () => changes(client, watched, CHANGE_SECONDS, workloads));
    const toldAsDrift = (await operator.counts()).corrections - corrections;
    say(`${contender.name}: tampering ${TAMPERINGS} times`);
    const tampered = await spending(operator, () => tampering(client, watched, TAMPERINGS, workloads));
    say(`${contender.name}: ${QUIET_SECONDS} quiet seconds`);
    const quiet = await spending(operator, () => pause(QUIET_SECONDS * 1_000));
    const steady = operator.usage();
    say(`${contender.name}: a storm of strangers for ${STORM_SECONDS} s`);
    const stormy = await spending(operator, () => storm(client, STORM_SECONDS));
    const after = operator.usage();
    await operator.end();
    say(`${contender.name}: starting again`);
    const startedMs = performance.now();
    operator = await startContender(contender, folder, command);
    await untilInSync(operator, workloads);
    const restart = await sinceStart(operator, startedMs);
    return {
      contender: contender.name,
      workloads,
      creation: { ...latencyOf(made.result), ...spentIn(made) },
      changes: { ...latencyOf(changed.result), ...spentIn(changed), count: changed.result.length, toldAsDrift },
      tampering: { ...latencyOf(tampered.result), ...spentIn(tampered) },
      storm: { ...spentIn(stormy), pods: stormy.result, grownMiB: after.rssMiB - steady.rssMiB },
      quiet: spentIn(quiet),
      restart,
      memory: memoryOf(empty, steady),
    };
  } finally {
    await operator?.end();
  }
}

const spentIn = ({ seconds, cpuSeconds, reads, writes }: Spent): Spent => ({ seconds, cpuSeconds, reads, writes });

async function sinceStart(operator: Running, startedMs: number): Promise<Spent> {
  const seconds = (performance.now() - startedMs) / 1_000;
  const { cpuSeconds } = operator.usage();
  const { reads, writes } = await operator.counts();
  return { seconds, cpuSeconds, reads, writes };
}

const memoryOf = (empty: Usage, steady: Usage): ContestResult["memory"] => ({
  empty: empty.rssMiB,
  steady: steady.rssMiB,
  peak: steady.peakRssMiB,
});
