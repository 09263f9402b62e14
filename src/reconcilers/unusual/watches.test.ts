/** What is asked of others, and what is said where they do not answer. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { ApiError, type Client, type KubeObject } from "kopf-ts";
import { aClusterState } from "../../../test/support/cluster-state.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import { API_SERVICE, NODE, POD } from "../../kubernetes/kinds.ts";
import { workloadSources } from "../secure-workload/triggers.ts";
import { clusterUnusual, nodeFindingsIn } from "./cluster.ts";
import { CPUWatch } from "./cpu-watch.ts";
import { DenialWatch } from "./denial-watch.ts";
import { KubeletProbe, replyOf } from "./kubelet-probe.ts";
import { termOf } from "./workloads.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const context = (key: string) => ({ key, signal: new AbortController().signal }) as never;
const refused = (status: number) => new ApiError("refused", { status });
const forbidden = (): ApiError => refused(403);

async function serverThat(status: number): Promise<{ readonly port: number; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
    response.writeHead(status).write("secret");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

test("a port is asked once, without credentials, and only the status is taken", async () => {
  const { port, seen } = await serverThat(200);
  expect(await replyOf("127.0.0.1", { port, protocol: "http", path: "/pods" })).toBe(200);
  expect(seen).toEqual(["GET /pods -"]);
});

test("a port that asks for a login, one where nobody listens and one that speaks something else", async () => {
  const { port } = await serverThat(401);
  expect(await replyOf("127.0.0.1", { port, protocol: "http", path: "/pods" })).toBe(401);
  expect(await replyOf("127.0.0.1", { port, protocol: "https", path: "/pods" })).toBe("silent");
  expect(await replyOf("127.0.0.1", { port: 1, protocol: "http", path: "/pods" })).toBe("refused");
});

test("a node whose address is no node's is not tried, and stays unknown", async () => {
  const { port, seen } = await serverThat(200);
  const { state, put } = aClusterState();
  const daemonEndpoints = { kubeletEndpoint: { Port: port } };
  const addresses = [{ type: "InternalIP", address: "127.0.0.1" }];
  put(NODE, { apiVersion: "v1", kind: "Node", metadata: { name: "n1" }, status: { addresses, daemonEndpoints } });
  const probe = new KubeletProbe(state);
  expect(probe.unknown()).toContain("not every node");
  await probe.reconcile(context("kubelet-ports"));
  expect(seen).toEqual([]);
  expect(probe.counts()).toEqual({ tried: 0, unreached: 1 });
  expect(probe.answersOf("n1")).toBeUndefined();
});

test("of many nodes a few are tried at a time, and the counts are told once all were", async () => {
  const { state, put } = aClusterState();
  for (let at = 0; at < 40; at += 1)
    put(NODE, { apiVersion: "v1", kind: "Node", metadata: { name: `n${String(at).padStart(2, "0")}` } });
  const probe = new KubeletProbe(state);
  let changes = 0;
  probe.onChange(() => {
    changes += 1;
  });
  for (const counts of [undefined, undefined, { tried: 0, unreached: 40 }, { tried: 0, unreached: 40 }]) {
    await probe.reconcile(context("kubelet-ports"));
    expect(probe.counts()).toEqual(counts);
  }
  expect(changes).toBe(1);
});

test("refused requests are unknown until they can be read, and where that is forbidden the way out is named", async () => {
  const answers: (string | Error)[] = [
    forbidden(),
    'apiserver_validating_admission_policy_check_total{enforcement_action="deny",policy="palisade-pods"} 7\nprocess_start_time_seconds 1',
    refused(500),
  ];
  const transport = {
    request: async <T>(): Promise<T> => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
  const watch = new DenialWatch(transport, ["palisade-pods"]);
  expect(watch.unknown()).toContain("not asked");
  await watch.reconcile(context("policy-denials"));
  expect(watch.unknown()).toContain("system:monitoring");
  expect(watch.denied().size).toBe(0);
  await watch.reconcile(context("policy-denials"));
  expect(watch.unknown()).toBeUndefined();
  expect(watch.denied()).toEqual(new Map([["palisade-pods", 7]]));
  await watch.reconcile(context("policy-denials"));
  expect(watch.unknown()).toContain("does not answer");
  expect(watch.denied()).toEqual(new Map([["palisade-pods", 7]]));
});

const METRICS_API = {
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: "v1beta1.metrics.k8s.io" },
};

const readyPod = (name: string, fixture: ReturnType<typeof aClusterState>): KubeObject =>
  fixture.put(POD, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels: { "palisade.dev/workload": "web" } },
    spec: { containers: [{ name: "web", image: "web", resources: { limits: { cpu: "1" } } }] },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });

function measuring(list: Client["list"]) {
  const fixture = aClusterState();
  fixture.put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const { state } = fixture;
  for (const name of ["web-a", "web-b", "web-c"]) readyPod(name, fixture);
  const watch = new CPUWatch({ state, client: { list } as Client });
  const told: string[] = [];
  watch.onChange((key) => told.push(key));
  return { ...fixture, watch, told };
}

test("where the metrics API is not served nothing is asked, and CPU is unknown", async () => {
  const { watch } = measuring(() => {
    throw new Error("must not be asked");
  });
  await watch.reconcile(context("shop"));
  expect(watch.unknown()).toBe("CPU use: the cluster does not serve metrics.k8s.io");
});

test("two measurements of one pod at its limit beside idle ones are told, by one list each", async () => {
  const windows = ["t1", "t2", "t3"];
  let lists = 0;
  const { watch, put, told, state } = measuring(async (_resource, options) => {
    lists += 1;
    expect(options).toMatchObject({ namespace: "shop", labelSelector: "palisade.dev/workload" });
    const timestamp = windows.shift() ?? "";
    const items = ["web-a", "web-b", "web-c"].map((name) => ({
      metadata: { name, namespace: "shop" },
      timestamp,
      containers: [{ usage: { cpu: name === "web-a" && timestamp !== "t3" ? "995m" : "10m" } }],
    }));
    return { items, resourceVersion: "" } as never;
  });
  put(API_SERVICE, METRICS_API);
  await watch.reconcile(context("shop"));
  expect(told).toEqual([]);
  await watch.reconcile(context("shop"));
  expect(told).toEqual(["shop/web"]);
  const workload = state.workloads.get("shop/web");
  expect(workload && termOf(workload, state).uneven).toEqual([
    { pod: "web-a", millicores: 995, limit: 1_000, others: 10 },
  ]);
  await watch.reconcile(context("shop"));
  expect(told).toEqual(["shop/web", "shop/web"]);
  expect(lists).toBe(3);
});

test("who may not list the metrics says so", async () => {
  const { watch, put } = measuring(async () => {
    throw forbidden();
  });
  put(API_SERVICE, METRICS_API);
  await watch.reconcile(context("shop"));
  expect(watch.unknown()).toBe("CPU use: the operator may not list pods.metrics.k8s.io");
});

test("static pods of namespaces with workloads are told by their node", () => {
  const { state, put } = aClusterState();
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  put(NODE, { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } });
  put(POD, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "miner-n1", namespace: "shop", annotations: { "kubernetes.io/config.mirror": "x" } },
    spec: { nodeName: "n1", containers: [] },
  });
  expect(nodeFindingsIn(state, { kubelets: undefined }, 0)).toEqual([
    { name: "n1", fact: "StaticPods", detail: "shop/miner-n1" },
  ]);
});

test("a node whose facts alone changed wakes no workload", () => {
  const { state, put } = aClusterState();
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const node = (status: object) => put(NODE, { apiVersion: "v1", kind: "Node", metadata: { name: "n1" }, status });
  node({});
  const woken: string[] = [];
  for (const source of workloadSources(state))
    source.subscribe((mapped) => woken.push(typeof mapped === "string" ? mapped : mapped.key));
  node({ conditions: [{ type: "Ready", status: "False" }], nodeInfo: { kubeletVersion: "v1.30.0" } });
  expect(woken).toEqual([]);
  node({ runtimeHandlers: [{ name: "", features: { userNamespaces: true } }] });
  expect(woken).toEqual(["shop/web"]);
});

test("the status names what is unknown, and nodes by what they say", () => {
  const { state, put } = aClusterState();
  put(NODE, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1" },
    status: {
      conditions: [{ type: "Ready", status: "False" }],
      nodeInfo: { kubeletVersion: "v1.30.1", containerRuntimeVersion: "containerd://2.3.0", architecture: "amd64" },
    },
  });
  const transport = { request: async () => Promise.reject(forbidden()) };
  const watch = {
    cpu: new CPUWatch({ state, client: {} as Client }),
    denials: new DenialWatch(transport, []),
    kubelets: undefined,
  };
  const findings = nodeFindingsIn(state, watch, Date.parse("2026-12-01T00:00:00Z"));
  expect(findings.map(({ fact }) => fact)).toEqual([
    "NotReady",
    "KubeletSkewed",
    "KubeletOutOfSupport",
    "NoUserNamespaces",
  ]);
  expect(clusterUnusual(watch, findings)).toEqual({
    nodes: findings,
    unknown: [
      "denied requests: not asked for yet",
      "CPU use: the cluster does not serve metrics.k8s.io",
      "kubelet ports: the operator does not run in a pod of the cluster",
    ],
  });
});
