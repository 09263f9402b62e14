/** The keeper of the admission policies: a process of its own, under an account that may write nothing else (decision 0016). */

import { createOperator, createTransport } from "kopf-ts";
import { Registry } from "prom-client";
import type { Config } from "../config/load.ts";
import { KEEPER_CONTROLLER, KEEPER_NAME } from "../installation.ts";
import { registerKeeper } from "../reconcilers/admission/keeper.ts";
import { policiesFor } from "../reconcilers/admission/policies.ts";
import { VERSION } from "../version.ts";
import { connectionOf, installationOf, loggerOf, periodsOf, stopSignal } from "./process.ts";

/** Resolves when it was told to stop and has drained; rejects when the lease was lost. */
export async function keepAdmission(config: Config): Promise<void> {
  const logger = loggerOf(config);
  const registry = new Registry();
  const connection = await connectionOf(config);
  const installation = installationOf(config, connection.namespace);
  const operator = createOperator({
    name: KEEPER_NAME,
    transport: createTransport(connection, { registry, userAgent: `${KEEPER_NAME}/${VERSION}` }),
    logger,
    registry,
    reportingController: KEEPER_CONTROLLER,
    health: config.health,
    ...(config.leaderElect ? { election: { namespace: installation.namespace, ...periodsOf(config) } } : {}),
  });
  registerKeeper(operator, policiesFor(installation), KEEPER_NAME);
  logger.info({ server: connection.server, namespace: installation.namespace, version: VERSION }, "starting");
  await operator.run(stopSignal());
  logger.info("stopped");
}
