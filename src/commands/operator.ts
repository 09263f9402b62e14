/** The operator: caches on every replica, reconcilers on the one that leads, or on each for its shards. */
import { hostname } from "node:os";
import { Registry } from "prom-client";
import { DEFAULT_INSTALLATION } from "../admission/identities.ts";
import { ADMISSION_POLICIES } from "../admission/index.ts";
import type { Config } from "../config/load.ts";
import { GROUP } from "../crds/group.ts";
import { fileCredentials, noCredentials } from "../images/credentials.ts";
import { RegistryAgents } from "../images/registry-agents.ts";
import { createRegistryClient } from "../images/registry-client.ts";
import { createOperator } from "../kopf/operator.ts";
import { createTransport } from "../kopf/transport.ts";
import { registerReconcilers } from "../reconcilers/register.ts";
import { VERSION } from "../version.ts";
import { connectionOf, FIELD_MANAGER, isInPod, loggerOf, periodsOf, stopSignal } from "./process.ts";

/** Resolves when it was told to stop and has drained; rejects when the lease was lost. */
export async function runOperator(config: Config): Promise<void> {
  const logger = loggerOf(config);
  const registry = new Registry();
  const connection = await connectionOf(config);
  // Which replica wrote a thing, an audit log tells by it.
  const transport = createTransport(connection, { registry, userAgent: `${FIELD_MANAGER}/${VERSION} (${hostname()})` });
  const { major, minor } = await transport.request<{ readonly major: string; readonly minor: string }>({
    method: "GET",
    path: "/version",
  });
  const podSecurityVersion = `v${major}.${minor.replace(/[^0-9]/g, "")}`;
  const namespace = config.namespace ?? connection.namespace ?? DEFAULT_INSTALLATION.namespace;
  const operator = createOperator({
    name: FIELD_MANAGER,
    transport,
    logger,
    registry,
    reportingController: `${GROUP}/operator`,
    health: config.health,
    ...(config.leaderElect ? { election: { namespace, shards: config.shards, ...periodsOf(config) } } : {}),
  });
  const credentials = config.registryConfig === undefined ? noCredentials : fileCredentials(config.registryConfig);
  const registryClient = createRegistryClient({
    credentials,
    agents: new RegistryAgents({ caFile: config.registryCa }),
  });
  operator.hook("cleanup", () => registryClient.close());
  registerReconcilers(operator, {
    admission: ADMISSION_POLICIES,
    ...(isInPod(config) ? { ownPod: { namespace } } : {}),
    podSecurityVersion,
    dnsService: config.dnsService,
    concurrency: config.concurrency,
    isShared: config.leaderElect && config.shards > 1,
    registryClient,
    credentialsVersion: () => credentials.version(),
  });
  logger.info({ server: connection.server, podSecurityVersion, version: VERSION }, "starting");
  await operator.run(stopSignal());
  logger.info("stopped");
}
