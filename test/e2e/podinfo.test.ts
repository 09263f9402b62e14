/** A real application of three parts: each reaches what both ends declare, and nothing else reaches it. */
import type { TestCluster } from "../cluster/index.ts";
import { fetchFrom, runApplication } from "./support/application.ts";
import { connect, exec, IMAGES, podOf, sharedCluster, uniqueNamespace } from "./support/e2e.ts";
import { describeHardening } from "./support/hardening.ts";

const podinfo = (message: string, ...args: readonly string[]) => ({
  image: IMAGES.podinfo,
  command: ["./podinfo", "--port=9898", ...args],
  ports: [{ name: "http", port: 9898 }],
  env: [{ name: "PODINFO_UI_MESSAGE", value: message }],
  probes: {
    readiness: { httpGet: { path: "/readyz", port: 9898 }, periodSeconds: 1, timeoutSeconds: 5 },
    liveness: { httpGet: { path: "/healthz", port: 9898 }, timeoutSeconds: 5 },
  },
  scratch: [{ path: "/data" }],
});

/** A pod to connect from: it listens nowhere. */
const peer = (outbound: readonly object[]) => ({
  image: IMAGES.agnhost,
  args: ["pause"],
  ports: [],
  access: { outbound },
});

const toFrontend = { workload: "frontend", port: 9898 };
const toBackend = { workload: "backend", port: 9898 };
const toCache = { workload: "cache", port: 6379 };

const WORKLOADS = {
  frontend: {
    ...podinfo("in front", "--backend-url=http://backend:9898/echo", "--cache-server=tcp://cache:6379"),
    access: { inbound: [{ workload: "client" }], outbound: [toBackend, toCache] },
  },
  backend: {
    ...podinfo("behind"),
    access: { inbound: [{ workload: "frontend" }] },
  },
  cache: {
    image: IMAGES.redis,
    args: ["--dir", "/data", "--protected-mode", "no", "--save", ""],
    ports: [{ name: "redis", port: 6379 }],
    probes: { readiness: { exec: { command: ["redis-cli", "ping"] }, timeoutSeconds: 10 } },
    scratch: [{ path: "/data" }],
    access: { inbound: [{ workload: "frontend" }] },
  },
  client: peer([toFrontend]),
  // It declares every need, and nobody declares to serve it.
  stranger: peer([toFrontend, toBackend, toCache]),
  mute: peer([]),
};

describe("podinfo as SecureWorkloads", () => {
  const namespace = uniqueNamespace("podinfo");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, WORKLOADS);
  }, 120_000);

  const ask = (...request: string[]): Promise<string> => fetchFrom(cluster, namespace, "client", ...request);

  test("answers its declared client through its Service, by name", async () => {
    expect(JSON.parse(await ask("http://frontend:9898/"))).toMatchObject({ message: "in front" });
  });

  test("has its frontend reach the backend", async () => {
    expect(await ask("--data", "passed on", "http://frontend:9898/api/echo")).toContain("passed on");
  });

  test("has its frontend keep things in the cache", async () => {
    await ask("--data", "kept", "http://frontend:9898/cache/note");

    expect(await ask("http://frontend:9898/cache/note")).toBe("kept");
    const cache = await podOf(cluster, namespace, "cache");
    expect(await exec(cluster, namespace, cache, "redis-cli", "get", "note")).toContain("kept");
  });

  test.each([
    { from: "client", target: "frontend:9898", expected: "open" },
    { from: "client", target: "backend:9898", expected: "closed" },
    { from: "client", target: "cache:6379", expected: "closed" },
    { from: "stranger", target: "frontend:9898", expected: "closed" },
    { from: "stranger", target: "backend:9898", expected: "closed" },
    { from: "stranger", target: "cache:6379", expected: "closed" },
    { from: "mute", target: "frontend:9898", expected: "closed" },
  ])("keeps the way from $from to $target $expected", async ({ from, target, expected }) => {
    expect(await connect(cluster, namespace, await podOf(cluster, namespace, from), target)).toBe(expected);
  });

  test("finds the Kubernetes API by name, and is not let through to it", async () => {
    const pod = await podOf(cluster, namespace, "frontend");
    const attempt = ["nc", "-w", "3", "kubernetes.default.svc.cluster.local", "443"];

    const { stderr } = await cluster.kubectl(["exec", "-n", namespace, pod, "--", ...attempt]);

    expect(stderr).toContain("(10.96.0.1): Connection refused");
  });

  test("writes to its scratch folder and nowhere else", async () => {
    const pod = await podOf(cluster, namespace, "frontend");
    const write = (path: string) => cluster.kubectl(["exec", "-n", namespace, pod, "--", "touch", path]);

    expect((await write("/data/note")).code).toBe(0);
    for (const path of ["/tmp/note", "/home/app/note", "/etc/note"]) {
      expect((await write(path)).stderr).toContain("Read-only file system");
    }
  });

  describeHardening(
    () => ({ cluster, namespace }),
    { workload: "frontend", writable: ["/data"] },
    { workload: "backend", writable: ["/data"] },
    { workload: "cache", writable: ["/data"] },
    { workload: "client" },
  );
});
