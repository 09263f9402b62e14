/** Wiring only: build what is needed, run, stop on a signal. */
import { pino } from "pino";
import { Registry } from "prom-client";
import { DEFAULT_INSTALLATION } from "./admission/identities.ts";
import { ADMISSION_POLICIES } from "./admission/index.ts";
import { parseConfig, USAGE } from "./config.ts";
import { GROUP } from "./crds/group.ts";
import { fileCredentials, noCredentials } from "./images/credentials.ts";
import { RegistryAgents } from "./images/registry-agents.ts";
import { createRegistryClient } from "./images/registry-client.ts";
import { defaultConnection, kubeconfigConnection } from "./kopf/connection.ts";
import { createOperator } from "./kopf/operator.ts";
import { createTransport } from "./kopf/transport.ts";
import { registerReconcilers } from "./reconcilers/register.ts";

const FIELD_MANAGER = "palisade";

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes("--help")) {
    console.log(USAGE);
    return;
  }
  const config = parseConfig(argv);
  const logger = pino({ name: FIELD_MANAGER, level: config.logLevel });
  const registry = new Registry();
  const connection =
    config.kubeconfig === undefined
      ? await defaultConnection()
      : await kubeconfigConnection({ path: config.kubeconfig });
  const transport = createTransport(connection, { registry, userAgent: FIELD_MANAGER });
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
    ...(config.leaderElect ? { election: { namespace } } : {}),
  });
  const credentials = config.registryConfig === undefined ? noCredentials : fileCredentials(config.registryConfig);
  const registryClient = createRegistryClient({
    credentials,
    agents: new RegistryAgents({ caFile: config.registryCa }),
  });
  operator.hook("cleanup", () => registryClient.close());
  const isInPod = config.kubeconfig === undefined && process.env["KUBERNETES_SERVICE_HOST"] !== undefined;
  registerReconcilers(operator, {
    admission: ADMISSION_POLICIES,
    ...(isInPod ? { ownPod: { namespace } } : {}),
    podSecurityVersion,
    dnsService: config.dnsService,
    concurrency: config.concurrency,
    registryClient,
    credentialsVersion: () => credentials.version(),
  });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  logger.info({ server: connection.server, podSecurityVersion }, "starting");
  await operator.run(stop.signal);
  logger.info("stopped");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
