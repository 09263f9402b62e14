/** Clusters that somebody else made: kind with Docker, or whatever the current kube context names. Users are impersonated. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Log } from "./binary.ts";
import { runKubectl, type TestCluster } from "./index.ts";
import { type ClusterUser, USER_NAMES, USERS } from "./users.ts";

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

export async function borrowCluster(kind: "kind" | "existing", log: Log): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-borrowed-"));
  const kindName = `palisade-${process.pid}`;
  if (kind === "kind") {
    log(`creating the kind cluster ${kindName}`);
    tool(
      "kind",
      ["create", "cluster", "--name", kindName, "--kubeconfig", join(folder, "source.kubeconfig")],
      "PALISADE_CLUSTER=kind needs Docker and kind on the PATH",
    );
  }
  const source =
    kind === "kind"
      ? readFileSync(join(folder, "source.kubeconfig"), "utf8")
      : tool(
          "kubectl",
          ["config", "view", "--raw", "--minify", "--flatten"],
          "PALISADE_CLUSTER=existing needs kubectl and a current kube context",
        );
  const config = parse(source) as Kubeconfig;
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
  const target = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const identity = config.users.find(({ name }) => name === context?.user)?.user;
  if (target === undefined || identity === undefined)
    throw new Error("the kubeconfig has no usable current context: choose one with `kubectl config use-context`");
  const kubeconfig = (user: ClusterUser = "admin"): string => join(folder, `${user}.kubeconfig`);
  for (const user of USER_NAMES) {
    const as = user === "admin" ? {} : { as: user, "as-groups": [...USERS[user], "system:authenticated"] };
    writeFileSync(
      kubeconfig(user),
      JSON.stringify({ ...config, users: [{ name: context?.user, user: { ...identity, ...as } }] }),
      { mode: 0o600 },
    );
  }
  const caFile = join(folder, "ca.crt");
  writeFileSync(caFile, Buffer.from(target["certificate-authority-data"] ?? "", "base64"));
  const cluster: TestCluster = {
    url: target.server,
    caFile,
    auditLog: undefined,
    readyMs: 0,
    description: undefined,
    kubeconfig,
    kubectl: (args, { user = "admin", input } = {}) => runKubectl("kubectl", kubeconfig(user), args, input),
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
      writeFileSync(
        path,
        JSON.stringify({ ...config, users: [{ name: context?.user, user: { token: stdout.trim() } }] }),
        { mode: 0o600 },
      );
      return path;
    },
    restartApiServer: () => Promise.reject(new Error("only an embedded cluster's API server can be restarted")),
    stop: async () => {
      if (kind === "kind")
        tool("kind", ["delete", "cluster", "--name", kindName], "the kind cluster could not be deleted");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return cluster;
}

function tool(command: string, args: readonly string[], otherwise: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${otherwise}. ${stderr ?? ""}`.trim());
}
