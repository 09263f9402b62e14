/** The harness itself: what every other test of a real API server stands on. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { uniqueNamespace } from "../support/cluster.ts";
import { useCluster } from "../support/use-palisade.ts";
import type { EmbeddedDescription } from "./embedded.ts";
import { addNode, connectCluster, grantNamespace, startCluster, type TestCluster, until } from "./index.ts";
import { isAlive, isRunning, processNames } from "./processes.ts";
import { sweepAbandoned } from "./state-folder.ts";

const embedded = (process.env.PALISADE_CLUSTER || "embedded") === "embedded";
const describeEmbedded = embedded ? describe : describe.skip;

/** What the user may do, by the API server's own answer. */
async function can(cluster: TestCluster, user: "alice" | "bob" | "platform" | "reader", ...what: string[]) {
  const { stdout } = await cluster.kubectl(["auth", "can-i", ...what], { user });
  return stdout.trim() === "yes";
}

const descriptionOf = (cluster: TestCluster): EmbeddedDescription => {
  if (cluster.description === undefined) throw new Error("not an embedded cluster");
  return cluster.description;
};

describe("a started cluster", () => {
  const { cluster } = useCluster({ state: "bare" });

  test("gives a team its own namespace and no other", async () => {
    const [hers, his] = [uniqueNamespace("alice"), uniqueNamespace("bob")];
    await grantNamespace(cluster, hers, "alice");
    await grantNamespace(cluster, his, "bob");

    const create = (namespace: string) =>
      cluster.kubectl(["create", "configmap", "note", "-n", namespace], { user: "alice" });
    await until(async () => can(cluster, "alice", "create", "configmaps", "-n", hers), "alice's role");

    expect((await create(hers)).code).toBe(0);
    expect((await create(his)).stderr).toContain('User "alice" cannot create resource "configmaps"');
  });

  test("lets the platform do everything by RBAC and a reader only look", async () => {
    await until(async () => can(cluster, "reader", "list", "pods", "-A"), "the reader's role");

    expect(await can(cluster, "platform", "*", "*", "-A")).toBe(true);
    expect(await can(cluster, "reader", "create", "pods", "-A")).toBe(false);
  });

  test("speaks to a ServiceAccount by a token of its own", async () => {
    const namespace = uniqueNamespace("account");
    await grantNamespace(cluster, namespace, "alice");
    await until(
      async () => (await cluster.kubectl(["get", "serviceaccount", "default", "-n", namespace])).code === 0,
      "the namespace's default ServiceAccount",
    );
    const path = await cluster.serviceAccountKubeconfig(namespace, "default");

    const { stdout } = await cluster.kubectl(["--kubeconfig", path, "auth", "whoami", "-o", "json"]);

    expect(JSON.parse(stdout)).toMatchObject({
      status: { userInfo: { username: `system:serviceaccount:${namespace}:default` } },
    });
    expect(await cluster.serviceAccountToken(namespace, "default")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});

describeEmbedded("an embedded cluster", () => {
  let cluster: TestCluster;
  let other: TestCluster;
  beforeAll(async () => {
    [cluster, other] = await Promise.all([startCluster(), startCluster()]);
  });
  afterAll(async () => {
    await Promise.all([cluster?.stop(), other?.stop()]);
  });

  test("is one of several that know nothing of each other", async () => {
    await cluster.kubectl(["create", "namespace", "only-here"]);

    expect(cluster.url).not.toBe(other.url);
    expect((await cluster.kubectl(["get", "namespace", "only-here"])).code).toBe(0);
    expect((await other.kubectl(["get", "namespace", "only-here"])).stderr).toContain("NotFound");
  });

  test("has the DNS Service of a real cluster, and nodes that say what their runtime can do", async () => {
    await addNode(cluster, "paper", { userNamespaces: true });

    const dns = await cluster.kubectl(["get", "service", "kube-dns", "-n", "kube-system", "-o", "json"]);
    const node = await cluster.kubectl(["get", "node", "paper", "-o", "json"]);

    expect(JSON.parse(dns.stdout)).toMatchObject({
      spec: { selector: { "k8s-app": "kube-dns" }, ports: [{ protocol: "UDP" }, { protocol: "TCP" }] },
    });
    expect(JSON.parse(node.stdout)).toMatchObject({
      status: { runtimeHandlers: [{ name: "", features: { userNamespaces: true } }] },
    });
  });

  test("keeps its data and its address when its API server is killed and started again", async () => {
    await cluster.kubectl(["create", "configmap", "kept"]);

    await cluster.restartApiServer();

    expect((await cluster.kubectl(["get", "configmap", "kept"])).code).toBe(0);
  });

  test("cannot be restarted by a process that did not start it", async () => {
    writeFileSync(join(descriptionOf(other).folder, "owner"), String(process.ppid));

    await expect(connectCluster(other.handle).restartApiServer()).rejects.toThrow("start one of your own");
  });

  test("records who wrote what, without the content", async () => {
    const args = ["create", "secret", "generic", "password", "--from-literal=value=do-not-record"];
    await cluster.kubectl(args, { user: "platform" });

    const log = readFileSync(cluster.auditLog ?? "", "utf8");

    expect(log).toMatch(/"verb":"create".*"username":"platform".*"resource":"secrets"/);
    expect(log).not.toContain("do-not-record");
    expect(log).not.toMatch(/"verb":"(get|list|watch)"/);
  });

  test("leaves no process and no file when it is stopped", async () => {
    const stopped = await startCluster({ components: ["controller-manager", "scheduler"] });
    const { folder } = descriptionOf(stopped);
    const pids = processNames(folder).map((name) => Number(readFileSync(join(folder, `${name}.pid`), "utf8")));

    await stopped.stop();

    expect(pids).toHaveLength(4);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  describe("whose owner is killed", () => {
    let owner: ChildProcess;
    afterEach(() => {
      owner?.kill("SIGKILL");
    });

    test("ends with it, and its files are gone with the next start", async () => {
      const script = `
        const { startCluster } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
        const { description } = await startCluster({ components: ["controller-manager", "scheduler"] });
        console.log("started", description.folder);
        setInterval(() => {}, 1000);`;
      owner = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
      const folder = await startedFolder(owner);
      const names = processNames(folder);

      owner.kill("SIGKILL");
      await until(() => !names.some((name) => isRunning(folder, name)), "the orphans to end");
      await sweepAbandoned();

      expect(names).toHaveLength(4);
      expect(existsSync(folder)).toBe(false);
    });
  });
});

async function startedFolder(owner: ChildProcess): Promise<string> {
  if (owner.stdout === null) throw new Error("the owner's output is not read");
  for await (const line of createInterface({ input: owner.stdout })) {
    if (line.startsWith("started ")) return line.slice("started ".length);
  }
  throw new Error("the owner ended before its cluster started");
}
