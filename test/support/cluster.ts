/** What tests share: the run's cluster, fresh namespaces, an operator under its real role. */
import { pino } from "pino";
import { Registry } from "prom-client";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import { type Client, createClient } from "../../src/kopf/client.ts";
import type { Clock } from "../../src/kopf/clock.ts";
import { kubeconfigConnection } from "../../src/kopf/connection.ts";
import type { Logger } from "../../src/kopf/log-fields.ts";
import { createOperator, type Operator } from "../../src/kopf/operator.ts";
import { createTransport, type Transport } from "../../src/kopf/transport.ts";
import { registerReconcilers } from "../../src/reconcilers/register.ts";
import type { World } from "../../src/reconcilers/world.ts";
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
  readonly world: World;
  stop(): Promise<void>;
}

/** The operator as in production: its own ServiceAccount and the generated role. Resolves when it leads and is in sync. */
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
  } = {},
): Promise<RunningPalisade> {
  const path = await cluster.serviceAccountKubeconfig("palisade-system", "palisade");
  const registry = new Registry();
  const transport = createTransport(await kubeconfigConnection({ path }), { registry, userAgent: "palisade" });
  const logger = options.logger ?? pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" });
  const operator = createOperator({
    name: "palisade",
    transport,
    registry,
    logger,
    reportingController: "palisade.dev/operator",
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    // Longer than on a cluster that nothing else starves of its processors: nobody starts this operator again.
    election: { namespace: "palisade-system", leaseMs: 90_000, renewMs: 60_000 },
  });
  const world = registerReconcilers(operator, {
    admission: options.admission ?? [],
    ownPod: options.ownPod,
    podSecurityVersion: "v1.37",
    dnsService: { namespace: "kube-system", name: "kube-dns" },
    concurrency: options.concurrency ?? 16,
  });
  const stop = new AbortController();
  const ended = operator.run(stop.signal);
  ended.catch(() => {});
  await Promise.race([
    until(() => operator.isLeader() && Object.values(operator.readiness()).every(Boolean), "the operator to lead"),
    ended,
  ]);
  return {
    operator,
    world,
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}
