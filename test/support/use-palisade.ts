/** A test file's cluster, with Palisade in it or not: set up before its tests, put away after them, and shared with no other file meanwhile. */

import { afterAll, beforeAll } from "@jest/globals";
import type { Client } from "kopf-ts";
import { grantNamespace, startCluster, type TestCluster } from "../cluster/index.ts";
import { clientOf, installPalisade, type RunningPalisade, runPalisade, stopEveryProcess } from "./cluster.ts";
import { installCrds } from "./crds.ts";
import { lazily } from "./lazily.ts";
import { type PaperKubelet, startPaperKubelet } from "./paper-kubelet.ts";
import { setBaseline } from "./platform.ts";
import { type ClusterState, takeCluster } from "./pool.ts";

/** The first file of a run starts the cluster, and on an empty cache builds it. */
const SET_UP_MS = 15 * 60_000;
const TEAR_DOWN_MS = 120_000;

export interface ClusterOptions {
  /** With the CRDs, roles and priorities of Palisade unless `bare`. */
  readonly state?: ClusterState;
  /** Files of test/support/crds whose kinds are there from the beginning. */
  readonly crds?: readonly string[];
  /** Namespaces that `alice` may edit. */
  readonly namespaces?: readonly string[];
}

export interface UsedCluster {
  readonly cluster: TestCluster;
  /** The administrator's. */
  readonly client: Client;
}

type RunOptions = NonNullable<Parameters<typeof runPalisade>[1]>;

/** No admission policy is kept unless named, so that an attack arrives and its correction is seen. */
export interface PalisadeOptions extends ClusterOptions, RunOptions {
  /** The spec of the SecurityBaseline; there is none unless set. */
  readonly baseline?: object;
  /** A kubelet on paper speaks for the pods of this namespace, or of all; without one, pods wait for a node. */
  readonly kubelet?: { readonly namespace: string } | "all";
  /** Makes what is there before the operator starts. */
  readonly before?: (used: UsedCluster) => Promise<unknown>;
}

export interface UsedPalisade extends UsedCluster {
  /** Of the operator that runs now. */
  readonly running: RunningPalisade;
  /** Where one was asked for. */
  readonly kubelet: PaperKubelet;
  /** Does nothing where one runs. */
  start(): Promise<void>;
  /** Does nothing where none runs. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

/** How to undo each step of a set-up, the latest first; each is tried whatever becomes of the others. */
class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  push(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "not everything of this test file could be put away");
  }
}

/** Set up before the tests of the file that calls this at its top, and undone after them, in a set-up that failed too. */
function inFile(setUp: (undo: Undo) => Promise<unknown>): void {
  const undo = new Undo();
  beforeAll(async () => {
    // Whatever a test that failed left running would lead in the next file too.
    undo.push(stopEveryProcess);
    await setUp(undo);
  }, SET_UP_MS);
  afterAll(() => undo.run(), TEAR_DOWN_MS);
}

/** On a cluster that is somebody else's nothing can be put back: each file borrows it and gives it back. */
async function take(state: ClusterState, undo: Undo): Promise<TestCluster> {
  if ((process.env["PALISADE_CLUSTER"] || "embedded") === "embedded") return takeCluster(state);
  const cluster = await startCluster({ components: ["controller-manager", "scheduler"] });
  undo.push(() => cluster.stop());
  if (state === "installed") await installPalisade(cluster);
  return cluster;
}

async function prepare(options: ClusterOptions, undo: Undo): Promise<UsedCluster> {
  const cluster = await take(options.state ?? "installed", undo);
  const { client, close } = await clientOf(cluster);
  undo.push(close);
  for (const file of options.crds ?? []) await installCrds(cluster, file);
  for (const namespace of options.namespaces ?? []) await grantNamespace(cluster, namespace, "alice");
  return { cluster, client };
}

/** A cluster in which no operator runs. To be called once, at the top of a test file. */
export function useCluster(options: ClusterOptions = {}): UsedCluster {
  const used: Partial<UsedCluster> = {};
  inFile(async (undo) => Object.assign(used, await prepare(options, undo)));
  return { cluster: lazily(() => there(used.cluster)), client: lazily(() => there(used.client)) };
}

/** A cluster in which the operator runs, and leads. To be called once, at the top of a test file. */
export function usePalisade(options: PalisadeOptions = {}): UsedPalisade {
  const used: { cluster?: TestCluster; client?: Client; kubelet?: PaperKubelet | undefined } = {};
  let running: RunningPalisade | undefined;
  const cluster = lazily(() => there(used.cluster));
  const client = lazily(() => there(used.client));
  const start = async (): Promise<void> => {
    running ??= await runPalisade(cluster, options);
  };
  const stop = async (): Promise<void> => {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  };
  inFile(async (undo) => {
    Object.assign(used, await prepare(options, undo));
    if (options.baseline !== undefined) await setBaseline(cluster, options.baseline);
    used.kubelet = await startKubelet(options.kubelet, { cluster, client }, undo);
    await options.before?.({ cluster, client });
    await start();
  });
  return {
    cluster,
    client,
    kubelet: lazily(() => there(used.kubelet)),
    running: lazily(() => there(running)),
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("it is not there: only tests and hooks may use it, while it runs");
  return value;
}

async function startKubelet(
  wanted: PalisadeOptions["kubelet"],
  { cluster, client }: UsedCluster,
  undo: Undo,
): Promise<PaperKubelet | undefined> {
  if (wanted === undefined) return undefined;
  const kubelet = await startPaperKubelet(cluster, client, wanted === "all" ? undefined : wanted.namespace);
  undo.push(() => kubelet.stop());
  return kubelet;
}
