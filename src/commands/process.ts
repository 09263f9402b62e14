/** What every command that stays does with its process: how it logs, whom it asks, when it ends. */
import { DEFAULT_INSTALLATION, type Installation, installationIn } from "../admission/identities.ts";
import type { Config } from "../config/load.ts";
import { type Connection, defaultConnection, kubeconfigConnection } from "../kopf/connection.ts";
import type { Logger } from "../kopf/log-fields.ts";
import { createLogger } from "../kopf/logger.ts";

export const FIELD_MANAGER = "palisade";

export const loggerOf = ({ logLevel }: Config): Logger => createLogger({ level: logLevel });

export const connectionOf = ({ kubeconfig }: Config): Promise<Connection> =>
  kubeconfig === undefined ? defaultConnection() : kubeconfigConnection({ path: kubeconfig });

export const isInPod = ({ kubeconfig }: Config): boolean =>
  kubeconfig === undefined && process.env["KUBERNETES_SERVICE_HOST"] !== undefined;

/** Where it runs is where it is installed, unless a flag says so. */
export const installationOf = ({ namespace }: Config, connection: Connection): Installation =>
  installationIn(namespace ?? connection.namespace ?? DEFAULT_INSTALLATION.namespace);

export const periodsOf = ({ leaderElection: { leaseSeconds, renewSeconds, retrySeconds } }: Config) => ({
  leaseMs: leaseSeconds * 1_000,
  renewMs: renewSeconds * 1_000,
  retryMs: retrySeconds * 1_000,
});

/** Aborts when the process is told to end. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
