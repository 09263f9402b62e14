/** What pods and nodes say of themselves, as kubelets write it to a real API server, and what becomes of it in statuses. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type Client, createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import type { SecurityBaselineStatus } from "../../src/crds/v1alpha1/security-baseline.ts";
import type { ClusterUnusual, WorkloadUnusual } from "../../src/crds/v1alpha1/unusual.ts";
import { NODE, namespaced, POD } from "../../src/kubernetes/kinds.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { CPUWatch } from "../../src/reconcilers/unusual/cpu-watch.ts";
import { termOf } from "../../src/reconcilers/unusual/workloads.ts";
import { addNode, until } from "../cluster/index.ts";
import { PAPER_NODE, PAPER_NODE_USER } from "../cluster/users.ts";
import { kubectl } from "../support/cluster.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { lookAt } from "../support/look.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(240_000);

const namespace = "unusual";
const PIN = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const OLD_NODE = "old";
/** Facts are settled half a minute after they change. */
const SETTLED_MS = 120_000;

const palisade = usePalisade({
  namespaces: [namespace],
  baseline: {},
  kubelet: { namespace },
  admission: ADMISSION_POLICIES,
});
const { cluster, client } = palisade;
const look = lookAt(cluster, namespace);

let kubelet: Client;

const podNames = async (): Promise<readonly string[]> =>
  (await look.list("pod", "-l", "palisade.dev/workload=web"))
    .filter(({ status }) => JSON.stringify(status ?? {}).includes('"phase":"Running"'))
    .map(({ metadata }) => metadata.name)
    .sort();

const unusual = async (): Promise<WorkloadUnusual | undefined> =>
  ((await look.get("sw", "web")) as { readonly status?: { readonly unusual?: WorkloadUnusual } } | undefined)?.status
    ?.unusual;

const ofCluster = async (): Promise<ClusterUnusual | undefined> =>
  ((await look.get("securitybaseline", "cluster")) as { readonly status?: SecurityBaselineStatus } | undefined)?.status
    ?.unusual;

/** As the kubelet of the node says it. */
const say = (pod: string, container: object): Promise<KubeObject> =>
  kubelet.patch(
    POD,
    { namespace, name: pod },
    { status: { containerStatuses: [{ name: "web", image: "web", ready: true, ...container }] } },
    { type: "strategic", subresource: "status" },
  );

const crashed = (restartCount: number) => ({
  restartCount,
  imageID: `registry.example.com/shop/web@${PIN}`,
  state: { running: { startedAt: "2026-01-01T00:00:10Z" } },
  lastState: {
    terminated: { exitCode: 3, reason: "Error", startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:09Z" },
  },
});

beforeAll(async () => {
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig(PAPER_NODE_USER) }));
  kubelet = createClient(transport, "kubelet");
  const nodeInfo = {
    kubeletVersion: "v1.37.2",
    containerRuntimeVersion: "containerd://2.3.0",
    architecture: "amd64",
    kernelVersion: "6.12.0",
    osImage: "Linux",
    operatingSystem: "linux",
    machineID: "",
    systemUUID: "",
    bootID: "",
    kubeProxyVersion: "",
  };
  const write = (name: string, status: object) =>
    client.patch(NODE, { name }, { status }, { type: "merge", subresource: "status" });
  await write(PAPER_NODE, { nodeInfo });
  await addNode(cluster, OLD_NODE, { userNamespaces: false });
  await write(OLD_NODE, {
    nodeInfo: { ...nodeInfo, kubeletVersion: "v1.30.1", containerRuntimeVersion: "containerd://1.6.9" },
    conditions: [
      { type: "Ready", status: "False" },
      { type: "DiskPressure", status: "True" },
    ],
  });
  await untilPoliciesStand(cluster);
  const spec = {
    image: `registry.example.com/shop/web@${PIN}`,
    replicas: 2,
    resources: { limits: { cpu: "500m", memory: "64Mi" } },
  };
  await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: aWorkload("web", namespace, spec) });
  await until(async () => (await podNames()).length === 2, "two pods", 60_000);
}, 300_000);

afterAll(async () => {
  await kubelet.transport.close();
  await kubectl(cluster, ["delete", "node", OLD_NODE]);
});

test("a node that is not healthy and out of support is told, and what is unknown too", async () => {
  await until(async () => (await ofCluster())?.nodes !== undefined, "the facts about nodes", SETTLED_MS);
  const found = await ofCluster();
  const facts = found?.nodes?.filter(({ name }) => name === OLD_NODE).map(({ fact }) => fact);
  expect(facts).toEqual([
    "NotReady",
    "UnderPressure",
    "KubeletSkewed",
    "KubeletOutOfSupport",
    "RuntimeOutOfSupport",
    "NoUserNamespaces",
  ]);
  expect(found?.unknown?.join()).toContain("may not read /metrics of the API server");
  expect(found?.unknown?.join()).toContain("does not serve metrics.k8s.io");
  expect(found?.denials).toBeUndefined();
  const baseline = await look.get("securitybaseline", "cluster");
  const { conditions = [] } = (baseline?.["status"] ?? {}) as SecurityBaselineStatus;
  expect(conditions.find(({ type }) => type === "NodesUnusual")).toMatchObject({
    status: "True",
    reason: "NodesNotHealthy",
  });
});

test("restarts and digests that differ are told once, however often a container restarts then", async () => {
  const [first = "", second = ""] = await podNames();
  await say(first, crashed(4));
  await say(second, { ...crashed(0), lastState: {}, imageID: `registry.example.com/shop/web@${OTHER}` });
  await until(async () => (await unusual())?.images !== undefined, "the facts about pods", SETTLED_MS);
  expect(await unusual()).toEqual({
    containers: [
      {
        name: "web",
        restarts: 4,
        pods: 1,
        exits: [{ code: 3, reason: "Error", pods: 1, last: "2026-01-01T00:00:09Z" }],
      },
    ],
    images: [{ container: "web", pinned: PIN, reported: OTHER, pods: 1, others: 1 }],
  });
  expect(await look.condition("web", "Unusual")).toMatchObject({ status: "True", reason: "ImagesDiffer" });
  const version = (await look.get("sw", "web"))?.metadata.resourceVersion;
  for (let restarts = 5; restarts <= 30; restarts += 1) await say(first, crashed(restarts));
  const known = (): number | undefined =>
    palisade.running.state.pods.get(`${namespace}/${first}`)?.facts.containers[0]?.restarts;
  await until(() => known() === 30, "the last restart to be seen");
  expect((await look.get("sw", "web"))?.metadata.resourceVersion).toBe(version);
});

test("palisade status and palisade report say the same", async () => {
  const status = await typePalisade(cluster, ["status", "web", "-n", namespace], "alice");
  expect(status.stdout).toContain("ended with 3 (Error) at 2026-01-01T00:00:09Z");
  const answered = await typePalisade(cluster, ["report", "-o", "json"]);
  const report = ANSWERS.Report.parse(JSON.parse(answered.stdout));
  expect(report.unusual.workloads.map(({ workload }) => workload)).toEqual([`${namespace}/web`]);
  expect(report.unusual.containers[0]).toMatchObject({ container: "web", restarts: 30 });
  expect(report.unusual.nodes.filter(({ name }) => name === OLD_NODE).length).toBeGreaterThan(4);
  // The caller may read them, though the operator may not.
  expect(report.unusual.unknown.join()).not.toContain("/metrics");
  expect(report.unusual.unknown.join()).toContain("no operator tried them");
  const narrow = await typePalisade(cluster, ["report", "-n", namespace, "-o", "json"], "alice");
  const unknown = ANSWERS.Report.parse(JSON.parse(narrow.stdout)).unusual.unknown.join();
  expect(unknown).toContain("nodes: they may not be listed");
  expect(unknown).toContain("/metrics of the API server may not be read");
});

test("refused requests are counted by policy, once the platform team lets the operator read them", async () => {
  const run = ["run", "intruder", "-n", namespace, `--image=registry.example.com/shop/other@${PIN}`];
  const refused = await cluster.kubectl([...run, "--labels=palisade.dev/workload=web"], { user: "alice" });
  expect(refused.code).not.toBe(0);
  const account = "--serviceaccount=palisade-system:palisade";
  await kubectl(cluster, ["create", "clusterrolebinding", "metrics", "--clusterrole=system:monitoring", account]);
  await palisade.restart();
  await until(async () => ((await ofCluster())?.denials ?? []).length > 0, "the counts", SETTLED_MS);
  const found = await ofCluster();
  expect(found?.denials?.every(({ policy, count }) => policy.startsWith("palisade-") && count > 0)).toBe(true);
  expect((found?.unknown ?? []).join()).not.toContain("denied requests");
  await kubectl(cluster, ["delete", "clusterrolebinding", "metrics"]);
});

test("after a restart the status says what it said, without a write", async () => {
  const before = await unusual();
  expect(before?.images).toHaveLength(1);
  const version = (await look.get("sw", "web"))?.metadata.resourceVersion;
  await palisade.restart();
  const known = (): unknown => palisade.running.state.pods.get(`${namespace}/${first}`);
  const [first = ""] = await podNames();
  await until(() => known() !== undefined, "the pods to be known");
  expect((await look.get("sw", "web"))?.metadata.resourceVersion).toBe(version);
});

const POD_METRICS = namespaced("metrics.k8s.io", "v1beta1", "PodMetrics", "pods");

test("CPU is measured with the operator's own rights, where the API is served", async () => {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: "pods.metrics.k8s.io",
        annotations: { "api-approved.kubernetes.io": "unapproved, of a test" },
      },
      spec: {
        group: POD_METRICS.group,
        scope: "Namespaced",
        names: { kind: POD_METRICS.kind, plural: POD_METRICS.plural },
        versions: [{ name: POD_METRICS.version, served: true, storage: true, schema: { openAPIV3Schema: anything } }],
      },
    },
  });
  const { state, operator } = palisade.running;
  await until(() => state.apiGroups.get("v1beta1.metrics.k8s.io") !== undefined, "the API", 60_000);
  const [busy = "", idle = ""] = await podNames();
  const measure = async (timestamp: string): Promise<void> => {
    for (const [name, cpu] of [
      [busy, "495m"],
      [idle, "1m"],
    ] as const) {
      const metadata = { name, namespace, labels: { "palisade.dev/workload": "web" } };
      const containers = [{ name: "web", usage: { cpu, memory: "1Mi" } }];
      const input = { apiVersion: "metrics.k8s.io/v1beta1", kind: "PodMetrics", metadata, timestamp, containers };
      await kubectl(cluster, ["apply", "-f", "-"], { input });
    }
  };
  const watch = new CPUWatch({ state, client: operator.client });
  const look = () => watch.reconcile({ key: namespace, signal: new AbortController().signal } as never);
  await until(
    async () => {
      await measure("2026-01-01T00:00:00Z");
      return true;
    },
    "the measurements",
    60_000,
  );
  await look();
  expect(watch.unknown()).toBeUndefined();
  await measure("2026-01-01T00:01:00Z");
  await look();
  const workload = state.workloads.get(`${namespace}/web`);
  expect(workload && termOf(workload, state).uneven).toEqual([{ pod: busy, millicores: 495, limit: 500, others: 1 }]);
  await kubectl(cluster, ["delete", "crd", "pods.metrics.k8s.io"]);
});
