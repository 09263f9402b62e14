/** The node under the end-to-end tests: it does what a production node does, or the other tests would prove nothing. */
import { type TestCluster, until } from "../cluster/index.ts";
import { NODE_NAME } from "../cluster/node/index.ts";
import { declare, runApplication } from "./support/application.ts";
import { connect, IMAGES, kubectl, podOf, processIn, sharedCluster, uniqueNamespace } from "./support/e2e.ts";

const server = (inbound: readonly object[]) => ({
  image: IMAGES.agnhost,
  args: ["netexec", "--http-port=8080"],
  probes: { readiness: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 } },
  access: { inbound },
});

const WORKLOADS = {
  server: server([{ workload: "client" }]),
  client: {
    image: IMAGES.agnhost,
    args: ["pause"],
    ports: [],
    access: { outbound: [{ workload: "server", port: 8080 }] },
  },
};

describe("the real node", () => {
  const namespace = uniqueNamespace("node");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await runApplication(cluster, namespace, WORKLOADS);
  }, 120_000);

  test("reports that its runtime has user namespaces", async () => {
    const node = JSON.parse(await kubectl(cluster, ["get", "node", NODE_NAME, "-o", "json"]));

    for (const { features } of node.status.runtimeHandlers) expect(features.userNamespaces).toBe(true);
  });

  test("gives two pods users of the host that differ", async () => {
    const [first, second] = await Promise.all(
      Object.keys(WORKLOADS).map(async (name) => processIn(cluster, namespace, await podOf(cluster, namespace, name))),
    );

    expect(first?.uidMap[0]?.outside).not.toBe(second?.uidMap[0]?.outside);
  });

  test("keeps ports below 1024 from a pod that does not declare them", async () => {
    const undeclared = { image: IMAGES.agnhost, args: ["netexec", "--http-port=80"], ports: [] };
    await declare(cluster, namespace, { undeclared });
    const logs = ["logs", "-n", namespace, "-l", "palisade.dev/workload=undeclared"];

    await until(
      async () => (await cluster.kubectl(logs)).stdout.includes("bind: permission denied"),
      "the refusal of port 80",
    );
  });

  test("has a name for every Service, and knows no name outside the cluster", async () => {
    const client = await podOf(cluster, namespace, "client");
    const look = (name: string) => cluster.kubectl(["exec", "-n", namespace, client, "--", "nslookup", name]);

    expect((await look("kubernetes.default.svc.cluster.local")).stdout).toContain("10.96.0.1");
    expect((await look("example.com")).stdout).toContain("NXDOMAIN");
  });

  test("enforces NetworkPolicies: a way closes with its declaration, and opens with it", async () => {
    const client = await podOf(cluster, namespace, "client");
    // Rules follow an object within a moment, not at once.
    const turnsTo = (expected: string) =>
      until(
        async () => (await connect(cluster, namespace, client, "server:8080")) === expected,
        `the way to be ${expected}`,
      );

    await turnsTo("open");
    await declare(cluster, namespace, { server: server([]) });
    await turnsTo("closed");
    await declare(cluster, namespace, WORKLOADS);
    await turnsTo("open");
  }, 120_000);
});
