/** What every command that stays does with its process: how it logs, whom it asks, when it ends. */

import { readFileSync } from "node:fs";
import { type Connection, createLogger, defaultConnection, kubeconfigConnection, type Logger } from "kopf-ts";
import type { Config } from "../config/load.ts";
import { DEFAULT_INSTALLATION, type Installation, installationIn } from "../installation.ts";

export const FIELD_MANAGER = "palisade";

export const loggerOf = ({ logLevel }: Config): Logger => createLogger({ level: logLevel });

type Way = Pick<Config, "kubeconfig" | "context" | "as">;

/** In a pod its ServiceAccount, unless a flag names a kubeconfig or what is in one. */
export function connectionOf({ kubeconfig: path, context, as }: Way): Promise<Connection> {
  const options = {
    ...(path === undefined ? {} : { path }),
    ...(context === undefined ? {} : { context }),
    ...(as === undefined ? {} : { as }),
  };
  return Object.keys(options).length === 0 ? defaultConnection() : kubeconfigConnection(options);
}

export const isInPod = ({ kubeconfig }: Config): boolean =>
  kubeconfig === undefined && process.env["KUBERNETES_SERVICE_HOST"] !== undefined;

/** Where it runs is where it is installed, unless a flag says so. */
export const installationOf = (
  { namespace, controlPlane: { users }, kedaAccount, verifyTokens }: Config,
  ownNamespace: string | undefined,
): Installation =>
  installationIn(namespace ?? ownNamespace ?? DEFAULT_INSTALLATION.namespace, { users, kedaAccount, verifyTokens });

/** The name servers that the kubelet gave this pod, as it gives them to every pod with `dnsPolicy: ClusterFirst`. Empty outside a cluster. */
export function nameServersOf(config: Config): readonly string[] {
  if (!isInPod(config)) return [];
  const lines = readFileSync("/etc/resolv.conf", "utf8").split("\n");
  return lines.flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
}

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
