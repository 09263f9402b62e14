/** The operator: caches on every replica, reconcilers on the one that leads, or on each for its shards. */

import { hostname } from "node:os";
import { createOperator, createTransport, systemClock } from "kopf-ts";
import { Registry } from "prom-client";
import type { Config } from "../config/load.ts";
import { fileCredentials, noCredentials } from "../images/credentials.ts";
import { RegistryAgents } from "../images/registry-agents.ts";
import { createRegistryClient } from "../images/registry-client.ts";
import { OPERATOR_CONTROLLER } from "../installation.ts";
import { publishBuildInfo } from "../observability/build-info.ts";
import { startTracing } from "../observability/tracing.ts";
import { policiesFor } from "../reconcilers/admission/policies.ts";
import { registerReconcilers } from "../reconcilers/register.ts";
import { VERSION } from "../version.ts";
import {
  connectionOf,
  FIELD_MANAGER,
  installationOf,
  isInPod,
  loggerOf,
  nameServersOf,
  periodsOf,
  stopSignal,
} from "./process.ts";
import { podSecurityVersionOf, serverVersion } from "./server-version.ts";

/** Resolves when it was told to stop and has drained; rejects when the lease was lost. */
export async function runOperator(config: Config): Promise<void> {
  const logger = loggerOf(config);
  const registry = new Registry();
  publishBuildInfo(registry, VERSION);
  const connection = await connectionOf(config);
  // Which replica wrote a thing, an audit log tells by it.
  const transport = createTransport(connection, { registry, userAgent: `${FIELD_MANAGER}/${VERSION} (${hostname()})` });
  const signal = stopSignal();
  const podSecurityVersion = podSecurityVersionOf(
    await serverVersion(transport, { clock: systemClock, logger, signal }),
  );
  const installation = installationOf(config, connection.namespace);
  const { namespace } = installation;
  const tracing = await startTracing(config.tracing, {
    version: VERSION,
    podName: isInPod(config) ? hostname() : undefined,
    logger,
  });
  const operator = createOperator({
    name: FIELD_MANAGER,
    transport,
    logger,
    tracer: tracing.tracer,
    registry,
    reportingController: OPERATOR_CONTROLLER,
    health: config.health,
    ...(config.leaderElect ? { election: { namespace, shards: config.shards, ...periodsOf(config) } } : {}),
  });
  const credentials = config.registryConfig === undefined ? noCredentials : fileCredentials(config.registryConfig);
  const registryClient = createRegistryClient({
    credentials,
    agents: new RegistryAgents({ caFile: config.registryCa }),
  });
  operator.on.cleanup(() => registryClient.close());
  operator.on.cleanup(() => tracing.close());
  registerReconcilers(operator, {
    installation,
    admission: policiesFor(installation),
    ...(isInPod(config) ? { ownPod: { namespace } } : {}),
    podSecurityVersion,
    dnsService: config.dnsService,
    nameServers: nameServersOf(config),
    concurrency: config.concurrency,
    isShared: config.leaderElect && config.shards > 1,
    registryClient,
    credentialsVersion: () => credentials.version(),
  });
  logger.info({ server: connection.server, podSecurityVersion, version: VERSION }, "starting");
  await operator.run(signal);
  logger.info("stopped");
}
