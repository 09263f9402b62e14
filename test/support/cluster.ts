/** What tests share: the run's cluster, fresh namespaces, an operator under its real role. */
import {
  type Client,
  type Clock,
  createClient,
  createOperator,
  createTransport,
  kubeconfigConnection,
  type Logger,
  type Operator,
  type Transport,
} from "kopf-ts";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import {
  DEFAULT_INSTALLATION,
  type Installation,
  KEEPER_CONTROLLER,
  KEEPER_NAME,
  OPERATOR_CONTROLLER,
} from "../../src/installation.ts";
import { registerKeeper } from "../../src/reconcilers/admission/keeper.ts";
import { registerReconcilers } from "../../src/reconcilers/register.ts";
import type { ClusterState } from "../../src/state/cluster-state.ts";
import { type ClusterUser, connectCluster, type TestCluster, until } from "../cluster/index.ts";
import { mustKubectl } from "../cluster/kubectl.ts";
import { sharedHandle } from "./shared-handle.ts";

export { installPalisade } from "./install.ts";

/** The cluster of this test run, with controller-manager and scheduler. Never stop it, or restart its API server. */
export const sharedCluster = async (): Promise<TestCluster> => connectCluster(sharedHandle());

/** A namespace no other test file uses. */
export const uniqueNamespace = (prefix: string): string => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

/** Runs kubectl and throws with its own words when it fails. */
export function kubectl(
  cluster: TestCluster,
  args: readonly string[],
  options: { readonly user?: ClusterUser; readonly input?: object } = {},
): Promise<string> {
  const { input, ...rest } = options;
  return mustKubectl(cluster, args, { ...rest, ...(input === undefined ? {} : { input: JSON.stringify(input) }) });
}

/** A SecurityBaseline, so that its status tells: without registries, which nobody here could ask for the digests of tags. */
export async function grantNothing(cluster: TestCluster): Promise<void> {
  const metadata = { name: "cluster" };
  const input = { apiVersion: "palisade.dev/v1alpha1", kind: "SecurityBaseline", metadata, spec: {} };
  await kubectl(cluster, ["apply", "-f", "-"], { input });
}

export async function transportOf(cluster: TestCluster, user: ClusterUser = "admin"): Promise<Transport> {
  return createTransport(await kubeconfigConnection({ path: cluster.kubeconfig(user) }));
}

export async function clientOf(
  cluster: TestCluster,
  user: ClusterUser = "admin",
): Promise<{ readonly client: Client; close(): Promise<void> }> {
  const transport = await transportOf(cluster, user);
  return { client: createClient(transport, `test-${user}`), close: () => transport.close() };
}

export interface RunningPalisade {
  readonly operator: Operator;
  /** Of the admission policies, where there are any to keep. */
  readonly keeper: Operator | undefined;
  readonly state: ClusterState;
  /** Both of them. */
  stop(): Promise<void>;
}

interface Process {
  /** Of its ServiceAccount. */
  readonly name: string;
  readonly controller: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** One process of Palisade under its own ServiceAccount and the generated role, with nothing in it yet. */
export async function processOf(cluster: TestCluster, { name, controller, logger, clock }: Process): Promise<Operator> {
  const { namespace } = DEFAULT_INSTALLATION;
  const path = await cluster.serviceAccountKubeconfig(namespace, name);
  const registry = new Registry();
  return createOperator({
    name,
    transport: createTransport(await kubeconfigConnection({ path }), { registry, userAgent: name }),
    registry,
    logger,
    reportingController: controller,
    ...(clock === undefined ? {} : { clock }),
    // Longer than on a cluster that nothing else starves of its processors: nobody starts this process again.
    election: { namespace, leaseMs: 90_000, renewMs: 60_000 },
  });
}

/** How to stop each process that runs, or waits to lead. */
const stops = new Set<() => Promise<void>>();

/** Stops what was started here and runs still. */
export async function stopEveryProcess(): Promise<void> {
  await Promise.all([...stops].map((stop) => stop().catch(() => {})));
}

/** Resolves when it leads and is in sync, with how to stop it. */
export async function runProcess(operator: Operator): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const ended = operator.run(abort.signal);
  const stop = async (): Promise<void> => {
    stops.delete(stop);
    abort.abort();
    await ended;
  };
  stops.add(stop);
  ended.catch(() => {});
  await Promise.race([
    until(() => operator.isLeader() && Object.values(operator.readiness()).every(Boolean), "the process to lead"),
    ended,
  ]);
  return stop;
}

/** Palisade as in production: the operator, and the keeper where policies are to be kept. Resolves when both lead and are in sync. */
export async function runPalisade(
  cluster: TestCluster,
  options: {
    readonly logger?: Logger;
    readonly concurrency?: number;
    readonly clock?: Clock;
    /** Nothing is tried unless set. */
    readonly ownPod?: { readonly namespace: string };
    /** None unless set, so that an attack arrives and its correction is seen. */
    readonly admission?: readonly AdmissionPolicy[];
    readonly installation?: Installation;
  } = {},
): Promise<RunningPalisade> {
  const {
    installation = DEFAULT_INSTALLATION,
    admission = [],
    clock,
    logger = pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" }),
  } = options;
  const shared = { logger, ...(clock === undefined ? {} : { clock }) };
  const keeper =
    admission.length === 0
      ? undefined
      : await processOf(cluster, { name: KEEPER_NAME, controller: KEEPER_CONTROLLER, ...shared });
  if (keeper !== undefined) registerKeeper(keeper, admission, KEEPER_NAME);
  const { account: name } = DEFAULT_INSTALLATION;
  const operator = await processOf(cluster, { name, controller: OPERATOR_CONTROLLER, ...shared });
  const state = registerReconcilers(operator, {
    installation,
    admission,
    ownPod: options.ownPod,
    podSecurityVersion: "v1.37",
    dnsService: { namespace: "kube-system", name: "kube-dns" },
    concurrency: options.concurrency ?? 16,
  });
  const stopAll = await Promise.all([operator, ...(keeper === undefined ? [] : [keeper])].map(runProcess));
  return {
    operator,
    keeper,
    state,
    stop: async () => {
      await Promise.all(stopAll.map((stop) => stop()));
    },
  };
}
