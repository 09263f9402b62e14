/** Clusters that somebody else made: kind with Docker, or whatever the current kube context names. Users are impersonated. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Log } from "./build-progress.ts";
import { TEAM_BINDINGS } from "./furnish.ts";
import type { TestCluster } from "./index.ts";
import { createToken, runKubectl } from "./kubectl.ts";
import { type ClusterUser, USER_NAMES, USERS } from "./users.ts";

/** Workers, so that pods are spread; its own network plugin enforces NetworkPolicy. */
const KIND_CONFIG = join(import.meta.dirname, "..", "e2e", "kind.yaml");

interface Kubeconfig {
  readonly "current-context": string;
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly "certificate-authority-data"?: string };
  }[];
  readonly contexts: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
  readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, unknown>> }[];
}

/** Plain data: any process can use the borrowed cluster by it. */
export interface BorrowedDescription {
  readonly folder: string;
  readonly url: string;
  readonly caFile: string;
  /** The kind cluster to delete at the end; undefined for one that was there before. */
  readonly kindName: string | undefined;
  /** The ClusterRoleBindings that were made for the test users, to be deleted at the end. */
  readonly bindings: readonly string[];
}

/** Makes a kind cluster, or takes the current context; writes a kubeconfig per user and binds their groups. */
export async function borrowCluster(kind: "kind" | "existing", log: Log): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-borrowed-"));
  const kindName = kind === "kind" ? `palisade-${process.pid}` : undefined;
  try {
    const source = kindName === undefined ? currentContext() : createKindCluster(kindName, folder, log);
    const { url, ca } = writeKubeconfigs(folder, parse(source) as Kubeconfig);
    const caFile = join(folder, "ca.crt");
    writeFileSync(caFile, ca);
    const bindings = await bindTeams(join(folder, "admin.kubeconfig"));
    return connectBorrowed({ folder, url, caFile, kindName, bindings });
  } catch (error) {
    if (kindName !== undefined) spawnSync("kind", ["delete", "cluster", "--name", kindName]);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

export function connectBorrowed(description: BorrowedDescription): TestCluster {
  const { folder, url, caFile } = description;
  const kubeconfig = (user: ClusterUser = "admin"): string => join(folder, `${user}.kubeconfig`);
  const cluster: TestCluster = {
    url,
    caFile,
    auditLog: undefined,
    auditFrom: 0,
    readyMs: 0,
    description: undefined,
    handle: { kind: "borrowed", description },
    kubeconfig,
    token: (user) => {
      throw new Error(`${user} has no token on a borrowed cluster: use kubeconfig("${user}"), which impersonates`);
    },
    kubectl: (args, { user = "admin", input } = {}) => runKubectl("kubectl", kubeconfig(user), args, input),
    serviceAccountToken: (namespace, name) => createToken(cluster, namespace, name),
    serviceAccountKubeconfig: async (namespace, name) => {
      const token = await createToken(cluster, namespace, name);
      const path = join(folder, `${namespace}.${name}.kubeconfig`);
      const admin = JSON.parse(readFileSync(kubeconfig(), "utf8")) as Kubeconfig;
      const users = admin.users.map((entry) => ({ name: entry.name, user: { token } }));
      writeFileSync(path, JSON.stringify({ ...admin, users }), { mode: 0o600 });
      return path;
    },
    restartApiServer: () => Promise.reject(new Error("only an embedded cluster's API server can be restarted")),
    stop: () => giveBack(description),
  };
  return cluster;
}

/** Hands an OCI archive to every node of a kind cluster. Throws for another cluster, whose registry is its own. */
export function loadIntoKind({ kindName }: BorrowedDescription, archive: string): void {
  if (kindName === undefined) throw new Error("nobody can hand images to a cluster that was there before");
  tool("kind", ["load", "image-archive", archive, "--name", kindName], "kind did not take an image");
}

/** Deletes what was made here and nothing else. */
async function giveBack({ folder, kindName, bindings }: BorrowedDescription): Promise<void> {
  if (kindName !== undefined) {
    tool("kind", ["delete", "cluster", "--name", kindName], "the kind cluster could not be deleted");
  } else if (bindings.length > 0) {
    const args = ["delete", "clusterrolebinding", "--ignore-not-found", ...bindings];
    await runKubectl("kubectl", join(folder, "admin.kubeconfig"), args);
  }
  rmSync(folder, { recursive: true, force: true });
}

function currentContext(): string {
  const args = ["config", "view", "--raw", "--minify", "--flatten", "-o", "json"];
  return tool("kubectl", args, "PALISADE_CLUSTER=existing needs kubectl and a current kube context");
}

function createKindCluster(name: string, folder: string, log: Log): string {
  log(`creating the kind cluster ${name}`);
  const path = join(folder, "source.kubeconfig");
  const args = ["create", "cluster", "--name", name, "--config", KIND_CONFIG, "--wait", "120s", "--kubeconfig", path];
  tool("kind", args, "PALISADE_CLUSTER=kind needs a running Docker, and kind and kubectl on the PATH");
  return readFileSync(path, "utf8");
}

function writeKubeconfigs(folder: string, config: Kubeconfig): { readonly url: string; readonly ca: Buffer } {
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
  const target = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const identity = config.users.find(({ name }) => name === context?.user)?.user;
  if (context === undefined || target === undefined || identity === undefined) {
    throw new Error("the kubeconfig has no usable current context: choose one with `kubectl config use-context`");
  }
  for (const user of USER_NAMES) {
    const as = user === "admin" ? {} : { as: user, "as-groups": [...USERS[user], "system:authenticated"] };
    const users = [{ name: context.user, user: { ...identity, ...as } }];
    writeFileSync(join(folder, `${user}.kubeconfig`), JSON.stringify({ ...config, users }), { mode: 0o600 });
  }
  return { url: target.server, ca: Buffer.from(target["certificate-authority-data"] ?? "", "base64") };
}

/** Creates the bindings that are not there yet and returns the names of those it created. */
async function bindTeams(kubeconfig: string): Promise<readonly string[]> {
  const created: string[] = [];
  for (const binding of TEAM_BINDINGS) {
    const args = ["create", "-f", "-", "-o", "jsonpath={.metadata.name}"];
    const { stdout, stderr, code } = await runKubectl("kubectl", kubeconfig, args, JSON.stringify(binding));
    if (code === 0) created.push(stdout.trim());
    else if (!stderr.includes("AlreadyExists")) throw new Error(`the test users could not be bound: ${stderr}`);
  }
  return created;
}

function tool(command: string, args: readonly string[], otherwise: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${otherwise}. ${error?.message ?? stderr}`.trim());
}
