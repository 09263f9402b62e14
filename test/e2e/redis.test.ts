/** A database as a StatefulSet: its claim outlives the pod, which is found again under its own name. */
import { type TestCluster, until } from "../cluster/index.ts";
import { runApplication } from "./support/application.ts";
import { connect, exec, IMAGES, kubectl, podOf, sharedCluster, uniqueNamespace, untilReady } from "./support/e2e.ts";
import { describeHardening } from "./support/hardening.ts";

const WORKLOADS = {
  store: {
    type: "StatefulSet",
    image: IMAGES.redis,
    args: ["--dir", "/data", "--protected-mode", "no", "--appendonly", "yes", "--appendfsync", "always"],
    ports: [{ name: "redis", port: 6379 }],
    probes: { readiness: { tcpSocket: { port: 6379 }, periodSeconds: 1, timeoutSeconds: 5 } },
    claims: [{ name: "data", path: "/data", size: "1Gi" }],
    runAs: { user: 999 },
    terminationGracePeriodSeconds: 5,
    access: { inbound: [{ workload: "client" }] },
  },
  // The same image speaks to it.
  client: {
    image: IMAGES.redis,
    command: ["/bin/sleep", "infinity"],
    ports: [],
    terminationGracePeriodSeconds: 1,
    access: { outbound: [{ workload: "store", port: 6379 }] },
  },
  stranger: {
    image: IMAGES.agnhost,
    args: ["pause"],
    ports: [],
    access: { outbound: [{ workload: "store", port: 6379 }] },
  },
};

describe("redis as a StatefulSet with a claim", () => {
  const namespace = uniqueNamespace("redis");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, WORKLOADS);
    await untilAnswers();
  }, 120_000);

  const ask = async (host: string, ...command: string[]): Promise<string> => {
    const client = await podOf(cluster, namespace, "client");
    return (await exec(cluster, namespace, client, "redis-cli", "-h", host, ...command)).trim();
  };

  /** The rules of a pod's network follow its start within a moment. */
  const untilAnswers = (): Promise<void> =>
    until(async () => (await ask("store", "ping").catch(() => "")) === "PONG", "the way to the pod");

  const podUid = async (): Promise<string> => {
    const pod = ["get", "pod", "store-0", "-n", namespace, "-o", "jsonpath={.metadata.uid}"];
    return (await cluster.kubectl(pod)).stdout;
  };

  test("answers its declared client through its Service, and by the name of its pod", async () => {
    expect(await ask("store", "ping")).toBe("PONG");
    expect(await ask("store-0.store-pods", "ping")).toBe("PONG");
  });

  test("is closed to a workload that it does not name", async () => {
    const stranger = await podOf(cluster, namespace, "stranger");

    expect(await connect(cluster, namespace, stranger, "store:6379")).toBe("closed");
  });

  test("has its data again after its pod is gone", async () => {
    await ask("store", "set", "kept", "through it all");
    const before = await podUid();

    await kubectl(cluster, ["delete", "pod", "store-0", "-n", namespace]);

    await until(async () => !["", before].includes(await podUid()), "the pod that takes its place", 60_000);
    await untilReady(cluster, namespace, "store");
    await untilAnswers();
    expect(await ask("store", "get", "kept")).toBe("through it all");
  }, 120_000);

  test("keeps its data through a change of its spec", async () => {
    const patch = JSON.stringify({ spec: { env: [{ name: "VERSION", value: "2" }] } });
    const version = ["get", "pod", "store-0", "-n", namespace, "-o", "jsonpath={.spec.containers[0].env[0].value}"];
    const rolledOut = async (): Promise<boolean> => (await cluster.kubectl(version)).stdout === "2";

    await kubectl(cluster, ["patch", "sw", "store", "-n", namespace, "--type=merge", "--patch", patch], {
      user: "alice",
    });

    await until(rolledOut, "the pod of the new spec", 60_000);
    await untilReady(cluster, namespace, "store");
    await untilAnswers();
    expect(await ask("store", "get", "kept")).toBe("through it all");
  }, 120_000);

  describeHardening(
    () => ({ cluster, namespace }),
    { workload: "store", user: 999, writable: ["/data"] },
    { workload: "client" },
  );
});
