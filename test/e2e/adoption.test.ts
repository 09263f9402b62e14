/** A workload takes over what serves, and a client that asks fifty times a second sees no request fail. */
import { grantNamespace, type TestCluster, until } from "../cluster/index.ts";
import { dropBaseline, setBaseline } from "../support/platform.ts";
import { aWorkload } from "../support/workloads.ts";
import { IMAGES, kubectl, sharedCluster, uniqueNamespace, untilReady } from "./support/e2e.ts";

const PORT = 9898;
const APP = { app: "web" };

/** In the role of the gateway, which workloads let in: it may reach the old pods and the new ones. */
const CLIENTS = { app: "clients" };
/** Two of them, each a little more than 25 times a second. One line an answer: its status, and for one that failed how far it came, in seconds, and why. */
const ASK = `while true; do
  curl -s -o /dev/null -w "%{http_code} %{time_namelookup} %{time_connect} %{time_total} %{errormsg}\\n" --max-time 5 "$1"
  sleep 0.02
done`;

const deployment = (name: string, labels: object, replicas: number, container: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name, ...container }] } },
  },
});

const old = [
  deployment("web", APP, 2, {
    image: IMAGES.podinfo,
    ports: [{ containerPort: PORT }],
    readinessProbe: { httpGet: { path: "/readyz", port: PORT } },
    // Whoever is told later that a pod ends sends it requests for a moment: what does not wait fails them in any rollout.
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
  }),
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    // Nodes tell ports apart by their names: one that changes has no pods behind it for a moment.
    spec: { selector: APP, ports: [{ name: "http", port: PORT }] },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "close-all" },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "web" },
    spec: { podSelector: { matchLabels: APP }, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: PORT }] }] },
  },
];

const workload = {
  image: IMAGES.podinfo,
  replicas: 2,
  ports: [{ name: "http", port: PORT }],
  // Rules of the pod's network follow its start, and its end, within a moment.
  probes: { readiness: { httpGet: { path: "/readyz", port: PORT }, initialDelaySeconds: 5, timeoutSeconds: 5 } },
  lifecycle: { preStop: { sleepSeconds: 10 } },
  scratch: [{ path: "/data" }],
  access: { inbound: [{ gateway: true }] },
};

describe("a workload that takes over what serves", () => {
  const namespace = uniqueNamespace("adopt");
  const clients = uniqueNamespace("clients");
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await sharedCluster();
    for (const name of [namespace, clients]) await grantNamespace(cluster, name, "alice", "edit");
    const podLabels = Object.entries(CLIENTS).map(([key, value]) => ({ key, value }));
    await setBaseline(cluster, { callers: { gateway: { namespace: clients, podLabels } } });
    for (const input of old) await kubectl(cluster, ["apply", "-f", "-", "-n", namespace], { input });
    await kubectl(cluster, ["rollout", "status", "deployment/web", "-n", namespace, "--timeout=120s"]);
    // By the address that the Service keeps: a query for its name that is lost on the way is no matter of who serves.
    const address = await kubectl(cluster, [
      "get",
      "service",
      "web",
      "-n",
      namespace,
      "-o",
      "jsonpath={.spec.clusterIP}",
    ]);
    const url = `http://${address}:${PORT}/`;
    const client = { image: IMAGES.agnhost, command: ["/bin/sh", "-c", ASK, "sh", url] };
    const input = deployment("client", CLIENTS, 2, client);
    await kubectl(cluster, ["apply", "-f", "-", "-n", clients], { input });
    await kubectl(cluster, ["rollout", "status", "deployment/client", "-n", clients, "--timeout=120s"]);
  }, 300_000);

  afterAll(() => dropBaseline(cluster));

  const answers = async (): Promise<readonly string[]> => {
    const logs = ["logs", "-n", clients, "-l", "app=clients", "--tail=-1"];
    const lines = (await kubectl(cluster, logs)).trim().split("\n");
    return lines.map((line) => (line.startsWith("200 ") ? "200" : line));
  };

  test("lets no request fail", async () => {
    await until(async () => (await answers()).slice(-10).every((status) => status === "200"), "the first answers");
    const before = (await answers()).length;
    await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: aWorkload("web", namespace, workload) });
    const taken = ["wait", "--for=jsonpath={.status.conditions[?(@.type=='Ready')].reason}=NameTaken", "sw/web"];
    await kubectl(cluster, [...taken, "-n", namespace, "--timeout=60s"]);
    for (const kind of ["deployment", "service", "networkpolicy"])
      await kubectl(cluster, ["label", kind, "web", "-n", namespace, "palisade.dev/adopt=web"], { user: "alice" });
    await untilReady(cluster, namespace, "web");
    const selector = ["get", "service", "web", "-n", namespace, "-o", "jsonpath={.spec.selector}"];
    await until(async () => (await kubectl(cluster, selector)).includes("palisade.dev/workload"), "the Service");
    await kubectl(cluster, ["delete", "replicaset", "-l", "app=web", "-n", namespace], { user: "alice" });
    await until(
      async () =>
        (await kubectl(cluster, ["get", "networkpolicy", "-n", namespace, "-o", "name"])).includes("handover") ===
        false,
      "the policy to be taken over",
      60_000,
    );
    const seen = (await answers()).slice(before);
    // How fast they come is the machine's matter; that enough came is the test's.
    expect(seen.length).toBeGreaterThan(200);
    expect(seen.filter((status) => status !== "200")).toEqual([]);
  }, 300_000);
});
