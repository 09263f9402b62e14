/** A Kubernetes for tests, demo and benchmarks: embedded unless PALISADE_CLUSTER says kind or existing. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "./binary.ts";
import { type Component, type EmbeddedDescription, restartApiServer, startEmbedded, stopEmbedded } from "./embedded.ts";
import { borrowCluster } from "./foreign.ts";
import { type ClusterUser, tokenKubeconfig } from "./users.ts";

export type { ClusterUser } from "./users.ts";

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface TestCluster {
  readonly url: string;
  readonly caFile: string;
  /** The audit log of writes; undefined on a cluster that is not ours. */
  readonly auditLog: string | undefined;
  /** How long it took from the first process to ready; 0 for a cluster that ran already. */
  readonly readyMs: number;
  readonly description: EmbeddedDescription | undefined;
  /** The path of a kubeconfig of that user; `admin` unless told. */
  kubeconfig(user?: ClusterUser): string;
  kubectl(
    args: readonly string[],
    options?: { readonly user?: ClusterUser; readonly input?: string },
  ): Promise<CommandResult>;
  /** A kubeconfig that is a ServiceAccount, by a token of one hour. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  restartApiServer(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly components?: readonly Component[];
  readonly log?: Log;
  readonly detached?: boolean;
  /** Make the DNS Service that every real cluster has. True unless set. */
  readonly dns?: boolean;
}

export async function startCluster(options: StartOptions = {}): Promise<TestCluster> {
  const kind = process.env["PALISADE_CLUSTER"] ?? "embedded";
  if (kind === "kind" || kind === "existing") return borrowCluster(kind, options.log ?? (() => {}));
  if (kind !== "embedded") throw new Error(`PALISADE_CLUSTER is "${kind}": it must be embedded, kind or existing`);
  const description = await startEmbedded(options);
  const cluster = connectEmbedded(description);
  try {
    await furnish(cluster, options);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** A running embedded cluster that another process started. */
export function connectEmbedded(description: EmbeddedDescription): TestCluster {
  const { folder, url, caFile, readyMs, kubectl } = description;
  const kubeconfig = (user: ClusterUser = "admin"): string => join(folder, `${user}.kubeconfig`);
  const cluster: TestCluster = {
    url,
    caFile,
    readyMs,
    description,
    auditLog: join(folder, "audit.log"),
    kubeconfig,
    kubectl: (args, { user = "admin", input } = {}) => runKubectl(kubectl, kubeconfig(user), args, input),
    serviceAccountKubeconfig: async (namespace, name) => {
      const { stdout, stderr, code } = await cluster.kubectl([
        "create",
        "token",
        name,
        "-n",
        namespace,
        "--duration=1h",
      ]);
      if (code !== 0) throw new Error(`no token for ${namespace}/${name}: ${stderr}`);
      const path = join(folder, `${namespace}.${name}.kubeconfig`);
      writeFileSync(path, tokenKubeconfig(url, caFile, name, stdout.trim()), { mode: 0o600 });
      return path;
    },
    restartApiServer: () => restartApiServer(description),
    stop: () => stopEmbedded(folder),
  };
  return cluster;
}

/** Runs kubectl with a cache of its own, so that no test reads what another cluster said. */
export async function runKubectl(
  kubectl: string,
  kubeconfig: string,
  args: readonly string[],
  input?: string,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      kubectl,
      ["--kubeconfig", kubeconfig, `--cache-dir=${join(kubeconfig, "..", "kubectl-cache")}`, ...args],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ stdout, stderr, code: code ?? 1 }));
    child.stdin.end(input ?? "");
  });
}

async function must(cluster: TestCluster, args: readonly string[], input?: string): Promise<string> {
  const { stdout, stderr, code } = await cluster.kubectl(args, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** What a cluster has that a bare control plane lacks: a bound platform team, DNS, and the API server's own endpoints. */
async function furnish(cluster: TestCluster, { components = [], dns = true }: StartOptions): Promise<void> {
  const objects: object[] = [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "platform-team" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "Group", name: "platform-team", apiGroup: "rbac.authorization.k8s.io" }],
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["192.0.2.10"] }],
      ports: [{ name: "https", port: 6443, protocol: "TCP" }],
    },
  ];
  if (dns) {
    objects.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace: "kube-system" },
      spec: {
        selector: { "k8s-app": "kube-dns" },
        ports: [
          { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
          { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        ],
      },
    });
  }
  await must(
    cluster,
    ["apply", "--server-side", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  );
  if (components.includes("controller-manager"))
    await until(
      async () => (await cluster.kubectl(["get", "serviceaccount", "default", "-n", "default"])).code === 0,
      "the default ServiceAccount",
    );
}

/** Creates the namespace where needed, and gives `user` one of the built-in roles in it. */
export async function grantNamespace(
  cluster: TestCluster,
  namespace: string,
  user: ClusterUser,
  role: "edit" | "view" | "admin" = "edit",
): Promise<void> {
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: `team-${user}-${role}`, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }],
    },
  ];
  await must(cluster, ["apply", "--server-side", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

/** A Node that exists on paper only: its status says what its runtime can do. */
export async function addNode(
  cluster: TestCluster,
  name: string,
  { userNamespaces }: { readonly userNamespaces: boolean },
): Promise<void> {
  await must(cluster, ["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name } }));
  const status = {
    runtimeHandlers: [{ name: "", features: { userNamespaces, recursiveReadOnlyMounts: true } }],
    conditions: [{ type: "Ready", status: "True" }],
  };
  await must(cluster, [
    "patch",
    "node",
    name,
    "--subresource=status",
    "--type=merge",
    "-p",
    JSON.stringify({ status }),
  ]);
}

/** Polls until `condition` holds; says what it waited for when it never does. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string,
  withinMs = 30_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "palisade-"));
  return { path, remove: () => existsSync(path) && rmSync(path, { recursive: true, force: true }) };
}
