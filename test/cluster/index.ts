/** A Kubernetes for tests, demo and benchmarks: embedded unless PALISADE_CLUSTER says kind or existing. */
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "./build-progress.ts";
import type { Component, RenamedComponents } from "./components.ts";
import { type EmbeddedDescription, restartApiServer, startEmbedded } from "./embedded.ts";
import { type BorrowedDescription, borrowCluster, connectBorrowed } from "./foreign.ts";
import { furnish } from "./furnish.ts";
import { type CommandResult, createToken, runKubectl } from "./kubectl.ts";
import { until } from "./pause.ts";
import { Reader } from "./read.ts";
import { auditLogOf, keepAuditLog, removeStateFolder } from "./state-folder.ts";
import { type ClusterUser, type PAPER_NODE_USER, tokenKubeconfig } from "./users.ts";

export { addNode, grantNamespace } from "./furnish.ts";
export type { CommandResult } from "./kubectl.ts";
export { until } from "./pause.ts";
export type { ClusterUser } from "./users.ts";

/** Plain data by which any process of this machine can use the cluster. It holds credentials: never log it. */
export type ClusterHandle =
  | { readonly kind: "embedded"; readonly description: EmbeddedDescription }
  | { readonly kind: "borrowed"; readonly description: BorrowedDescription };

export interface TestCluster {
  readonly url: string;
  readonly caFile: string;
  /** The audit log of writes; undefined on a cluster that is not ours. */
  readonly auditLog: string | undefined;
  /** Where in the audit log this test's part begins; 0 for a cluster that nobody used before. */
  readonly auditFrom: number;
  /** How long it took from the first process to ready; 0 for a cluster that ran already. */
  readonly readyMs: number;
  /** Undefined on a cluster that is not ours. */
  readonly description: EmbeddedDescription | undefined;
  readonly handle: ClusterHandle;
  /** The path of a kubeconfig of that user; `admin` unless told. */
  kubeconfig(user?: ClusterUser | typeof PAPER_NODE_USER): string;
  /** The user's bearer token. Throws on a borrowed cluster, where users are impersonated. */
  token(user: ClusterUser): string;
  /** Resolves whatever kubectl made of it; look at `code`. */
  kubectl(
    args: readonly string[],
    options?: { readonly user?: ClusterUser; readonly input?: string },
  ): Promise<CommandResult>;
  /** A token of one hour that is the ServiceAccount. */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
  /** The path of a kubeconfig that is the ServiceAccount, by a token of one hour. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Kills the API server and starts it again on its port, over the same data. Only for the process that started it. */
  restartApiServer(): Promise<void>;
  /** Ends every process and removes every file. A cluster that was there before is left, without what was added. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly components?: readonly Component[];
  readonly log?: Log;
  /** Outlives this process; to be stopped by `stop()` of a connected cluster. False unless set. */
  readonly detached?: boolean;
  /** Make the DNS Service that every real cluster has. True unless set. */
  readonly dns?: boolean;
  /** Make a place for a real node; `startNodeCluster()` starts one in it. Needs root; false unless set. */
  readonly forNode?: boolean;
  /** A folder of admission policies that the API server reads at its start, and that nobody can change through it (KEP-5793). */
  readonly staticPolicies?: string;
  /** Admission plugins beside those that are on by default: AlwaysPullImages, PodNodeSelector. */
  readonly admissionPlugins?: readonly string[];
  /** Components that have unusual names, as managed clusters may give them. */
  readonly renamed?: RenamedComponents;
  /** Further users, with their groups. */
  readonly identities?: Readonly<Record<string, readonly string[]>>;
}

/** Resolves when the API server is ready and, with the controller-manager, when namespaces get their ServiceAccount. */
export async function startCluster(options: StartOptions = {}): Promise<TestCluster> {
  const kind = process.env.PALISADE_CLUSTER || "embedded";
  if (kind === "kind" || kind === "existing") return borrowCluster(kind, options.log ?? (() => {}));
  if (kind !== "embedded") throw new Error(`PALISADE_CLUSTER is "${kind}": it must be embedded, kind or existing`);
  const description = await startEmbedded(options);
  const servedMs = performance.now();
  const cluster = connectEmbedded(description);
  try {
    await furnish(cluster, { dns: options.dns ?? true, reachable: options.forNode ?? false });
    if (options.components?.includes("controller-manager")) await untilControllersWork(cluster);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return connectEmbedded({ ...description, readyMs: description.readyMs + performance.now() - servedMs });
}

/** The cluster another process started. What its audit log says so far is no business of the caller's. */
export function connectCluster(handle: ClusterHandle): TestCluster {
  if (handle.kind === "borrowed") return connectBorrowed(handle.description);
  const log = statSync(auditLogOf(handle.description.folder), { throwIfNoEntry: false });
  return connectEmbedded(handle.description, log?.size ?? 0);
}

function connectEmbedded(description: EmbeddedDescription, auditFrom = 0): TestCluster {
  const { folder, url, caFile, readyMs, kubectl, tokens } = description;
  const kubeconfig = (user: ClusterUser | typeof PAPER_NODE_USER = "admin"): string =>
    join(folder, `${user}.kubeconfig`);
  const reader = new Reader({ url, caFile });
  const cluster: TestCluster = {
    url,
    caFile,
    readyMs,
    description,
    handle: { kind: "embedded", description },
    auditLog: auditLogOf(folder),
    auditFrom,
    kubeconfig,
    token: (user) => tokens[user] ?? "",
    kubectl: async (args, { user = "admin", input } = {}) => {
      const answer = await reader.answer(args, tokens[user] ?? "");
      return answer ?? runKubectl(kubectl, kubeconfig(user), args, input);
    },
    serviceAccountToken: (namespace, name) => createToken(cluster, namespace, name),
    serviceAccountKubeconfig: async (namespace, name) => {
      const token = await createToken(cluster, namespace, name);
      const path = join(folder, `${namespace}.${name}.kubeconfig`);
      writeFileSync(path, tokenKubeconfig(url, caFile, name, token), { mode: 0o600 });
      return path;
    },
    restartApiServer: () => restartApiServer(description),
    stop: async () => {
      keepAuditLog(folder);
      await removeStateFolder(folder);
    },
  };
  return cluster;
}

const untilControllersWork = (cluster: TestCluster): Promise<void> =>
  until(
    async () => (await cluster.kubectl(["get", "serviceaccount", "default", "-n", "default"])).code === 0,
    "the default ServiceAccount",
  );
