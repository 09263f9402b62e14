import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { registeredMetrics } from "../../scripts/generators/registered-metrics.ts";
import { LOG_KEYS } from "../../src/observability/log-keys.ts";
import { addNode, grantNamespace, until } from "../cluster/index.ts";
import { untilNextSecond } from "../cluster/pause.ts";
import { freePorts } from "../cluster/ports.ts";
import { type AuditEntry, operatorWrites } from "../support/audit.ts";
import { kubectl, runPalisade } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { type OperatorProcess, startOperatorProcess } from "../support/operator-process.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const palisade = usePalisade();
const { cluster } = palisade;

const writes = (): readonly AuditEntry[] => operatorWrites(cluster);

async function get<T>(kind: string, name: string, namespace: string): Promise<T | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", kind, name, "-n", namespace, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as T) : undefined;
}

interface Workload {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
      readonly lastTransitionTime: string;
    }[];
    readonly podIdentity?: {
      readonly uid: number;
      readonly userNamespace?: { readonly enabled: boolean; readonly decidedForGeneration: number };
    };
  };
}

async function condition(name: string, namespace: string, type: string) {
  return (await get<Workload>("sw", name, namespace))?.status.conditions?.find((candidate) => candidate.type === type);
}

async function create(name: string, namespace: string, spec: object = {}): Promise<void> {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, spec) });
}

async function created(name: string, namespace: string, spec: object = {}): Promise<void> {
  await grantNamespace(cluster, namespace, "alice");
  await create(name, namespace, spec);
  await until(async () => (await get("deployment", name, namespace)) !== undefined, `the Deployment ${name}`);
}

/** Nobody answers a marker once the operator is gone. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_500));

test("each object is written once, the Deployment last, and then nothing more", async () => {
  await created("once", "steady", { replicas: 0 });
  await until(async () => (await condition("once", "steady", "Ready"))?.status === "True", "Ready");
  const mine = writes().filter(({ objectRef }) => objectRef?.name === "once" || objectRef?.name === undefined);
  const creations = mine.filter(({ verb, responseStatus }) => verb === "create" && responseStatus?.code === 201);
  expect(creations.at(-1)?.objectRef?.resource).toBe("deployments");
  const before = writes().length;
  await settled(cluster);
  expect(writes().length).toBe(before);
});

test("a restart verifies everything without a write", async () => {
  await palisade.stop();
  const before = writes().length;
  await palisade.start();
  await settled(cluster);
  expect(writes().slice(before)).toEqual([]);
});

test("what was changed while nobody watched is undone at the start", async () => {
  await palisade.stop();
  await kubectl(
    cluster,
    [
      "patch",
      "deployment",
      "once",
      "-n",
      "steady",
      "-p",
      '{"spec":{"template":{"spec":{"shareProcessNamespace":true}}}}',
    ],
    { user: "alice" },
  );
  await kubectl(cluster, ["delete", "networkpolicy", "once", "palisade-default-deny", "-n", "steady"], {
    user: "alice",
  });
  await palisade.start();
  await until(
    async () =>
      (await get("networkpolicy", "once", "steady")) !== undefined &&
      (await get("networkpolicy", "palisade-default-deny", "steady")) !== undefined,
    "the policies",
  );
  await until(
    async () => !JSON.stringify(await get("deployment", "once", "steady")).includes('"shareProcessNamespace":true,'),
    "the template",
  );
});

test("a second operator stands by, writes nothing, and takes over when the first stops", async () => {
  const path = await cluster.serviceAccountKubeconfig("palisade-system", "palisade");
  expect(path).toBeTruthy();
  const second = runPalisade(cluster);
  await settled(cluster);
  expect(palisade.running.operator.isLeader()).toBe(true);
  const stoppedMs = performance.now();
  await palisade.stop();
  const successor = await second;
  // Released, not run out: well below the lease's fifteen seconds.
  expect(performance.now() - stoppedMs).toBeLessThan(12_000);
  await kubectl(cluster, ["delete", "service", "once", "-n", "steady"], { user: "alice" });
  await until(async () => (await get("service", "once", "steady")) !== undefined, "the Service");
  await successor.stop();
  await palisade.start();
});

test("the API server may be killed: afterwards the cluster converges, and nothing was written twice", async () => {
  await cluster.restartApiServer();
  await kubectl(cluster, ["delete", "serviceaccount", "once", "-n", "steady"], { user: "alice" });
  await until(async () => (await get("serviceaccount", "once", "steady")) !== undefined, "the ServiceAccount", 60_000);
  await settled(cluster);
  const accounts = writes().filter(
    ({ verb, objectRef, responseStatus }) =>
      verb === "create" && objectRef?.resource === "serviceaccounts" && responseStatus?.code === 201,
  );
  expect(accounts).toHaveLength(2);
});

test.each(["default", "kube-system"])("a workload in %s is refused, with the way out", async (namespace) => {
  await create("stray", namespace);
  await until(async () => (await condition("stray", namespace, "Stalled"))?.reason === "NamespaceRefused", "Stalled");
  expect((await condition("stray", namespace, "Ready"))?.message).toContain("create a namespace");
  expect(await get("deployment", "stray", namespace)).toBeUndefined();
  await kubectl(cluster, ["delete", "sw", "stray", "-n", namespace]);
});

test("an object of somebody else under a child's name is left alone, and said", async () => {
  await grantNamespace(cluster, "taken", "alice");
  await kubectl(cluster, ["create", "serviceaccount", "busy", "-n", "taken"]);
  await untilNextSecond();
  await create("busy", "taken");
  await until(async () => (await condition("busy", "taken", "Stalled"))?.reason === "NameTaken", "Stalled");
  expect(await get("deployment", "busy", "taken")).toBeUndefined();
  await kubectl(cluster, ["delete", "serviceaccount", "busy", "-n", "taken"]);
  await until(async () => (await get("deployment", "busy", "taken")) !== undefined, "the Deployment");
});

test("user namespaces are decided once for a spec, and no node flips them", async () => {
  await addNode(cluster, "node-a", { userNamespaces: true });
  await created("decided", "identity", { replicas: 0 });
  await until(
    async () => (await get<Workload>("sw", "decided", "identity"))?.status.podIdentity?.userNamespace !== undefined,
    "the decision",
  );
  const before = (await get<Workload>("sw", "decided", "identity"))?.status.podIdentity;
  expect(before?.userNamespace).toEqual({ enabled: true, decidedForGeneration: 1 });
  await addNode(cluster, "node-b", { userNamespaces: false });
  await settled(cluster);
  expect((await get<Workload>("sw", "decided", "identity"))?.status.podIdentity).toEqual(before);
  await create("decided", "identity", { replicas: 0, image: "registry.example.com/shop/web:2" });
  await until(
    async () =>
      (await get<Workload>("sw", "decided", "identity"))?.status.podIdentity?.userNamespace?.decidedForGeneration === 2,
    "the next decision",
  );
  const after = (await get<Workload>("sw", "decided", "identity"))?.status.podIdentity;
  expect(after).toEqual({ uid: before?.uid, userNamespace: { enabled: false, decidedForGeneration: 2 } });
});

test("a change of the spec is no drift: it rolls out, prunes, and raises no Event", async () => {
  await created("grows", "grows", { replicas: 0 });
  await create("grows", "grows", { replicas: 0, ports: [], image: "registry.example.com/shop/web:3" });
  await until(async () => (await get("service", "grows", "grows")) === undefined, "the Service to be pruned");
  await until(async () => JSON.stringify(await get("deployment", "grows", "grows")).includes("web:3"), "the image");
  const { stdout } = await cluster.kubectl([
    "get",
    "events.events.k8s.io",
    "-n",
    "grows",
    "-o",
    "jsonpath={.items[*].reason}",
  ]);
  expect(stdout).not.toContain("DriftCorrected");
});

test("an unknown DNS Service narrows and is said, and is opened when it appears", async () => {
  const dns = await kubectl(cluster, ["get", "service", "kube-dns", "-n", "kube-system", "-o", "json"]);
  await kubectl(cluster, ["delete", "service", "kube-dns", "-n", "kube-system"]);
  await until(
    async () => !JSON.stringify(await get("networkpolicy", "palisade-default-deny", "steady")).includes("kube-dns"),
    "the way to DNS to close",
  );
  await until(
    async () => (await condition("once", "steady", "Ready"))?.reason === "ClusterDNSUnknown",
    "the condition",
  );
  const { metadata, spec, apiVersion, kind } = JSON.parse(dns) as {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace: string };
    spec: object;
  };
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, spec },
  });
  await until(
    async () => JSON.stringify(await get("networkpolicy", "palisade-default-deny", "steady")).includes("kube-dns"),
    "the way to DNS to open",
  );
  await until(async () => (await condition("once", "steady", "Ready"))?.status === "True", "Ready");
});

test("a contest keeps being corrected, at a bounded rate, and is said", async () => {
  await created("contest", "contest", { replicas: 0 });
  for (let round = 0; round < 6; round += 1) {
    await kubectl(
      cluster,
      ["patch", "serviceaccount", "contest", "-n", "contest", "-p", '{"automountServiceAccountToken":true}'],
      { user: "alice" },
    );
    await until(
      async () =>
        (await get<{ automountServiceAccountToken: boolean }>("serviceaccount", "contest", "contest"))
          ?.automountServiceAccountToken === false,
      "the correction",
    );
  }
  await until(
    async () => (await condition("contest", "contest", "DriftContested"))?.status === "True",
    "DriftContested",
  );
  expect((await condition("contest", "contest", "DriftContested"))?.message).toContain("ServiceAccount/contest");
  await until(
    async () =>
      (await palisade.running.operator.registry.metrics()).includes("\npalisade_drift_contested_workloads 1\n"),
    "the metric",
  );
});

test("every pod the Deployment makes is admitted under restricted, and stays", async () => {
  await created("runs", "runs", {
    replicas: 2,
    scratch: [{ path: "/tmp" }],
    permissions: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  });
  const pods = async () =>
    (
      JSON.parse(await kubectl(cluster, ["get", "pods", "-n", "runs", "-o", "json"])) as {
        items: { metadata: { uid: string } }[];
      }
    ).items
      .map(({ metadata }) => metadata.uid)
      .sort();
  await until(async () => (await pods()).length === 2, "two pods");
  const before = await pods();
  await settled(cluster);
  expect(await pods()).toEqual(before);
});

test("transition times move only on transitions", async () => {
  const before = await condition("once", "steady", "Ready");
  await kubectl(
    cluster,
    ["patch", "service", "once", "-n", "steady", "-p", '{"spec":{"publishNotReadyAddresses":true}}'],
    { user: "alice" },
  );
  await until(
    async () => JSON.stringify(await get("sw", "once", "steady")).includes("publishNotReadyAddresses"),
    "the status",
  );
  expect((await condition("once", "steady", "Ready"))?.lastTransitionTime).toBe(before?.lastTransitionTime);
});

test("a stolen Lease ends the operator before it writes again", async () => {
  const before = writes().length;
  const { operator } = palisade.running;
  await kubectl(cluster, [
    "patch",
    "lease",
    "palisade",
    "-n",
    "palisade-system",
    "--type=merge",
    "-p",
    '{"spec":{"holderIdentity":"thief"}}',
  ]);
  await until(() => !operator.isLeader(), "leadership to end", 20_000);
  await kubectl(cluster, ["delete", "service", "once", "-n", "steady"], { user: "alice" });
  await expect(palisade.stop()).rejects.toThrow("lost leadership");
  await quiet();
  expect(writes().slice(before)).toEqual([]);
});

/** Last of all: its admission policies refuse what the tests before do. */
describe("a process as people start it", () => {
  let receiver: OtlpReceiver;
  let running: OperatorProcess;
  let metrics: string;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    const [port = 0] = await freePorts(1);
    running = await startOperatorProcess(cluster, {
      logLevel: "debug",
      health: { port, host: "127.0.0.1" },
      tracing: { endpoint: receiver.endpoint },
    });
    await until(async () => (await get("service", "once", "steady")) !== undefined, "the Service", 60_000);
    metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(await running.stop()).toBe(0);
  }, 120_000);

  afterAll(() => receiver?.close());

  test("it exposes the metrics of the reference page and no others", () => {
    const exposed = [...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    // Nothing is tried from outside a pod.
    const expected = registeredMetrics().filter(({ name }) => name !== "palisade_network_policy_enforced");
    expect(exposed.sort()).toEqual(expected.map(({ name, type }) => `${name} ${type}`));
    expect(metrics).toMatch(/^palisade_build_info\{version="development"\} 1$/m);
    expect(metrics).toMatch(/^palisade_workloads\{ready="True"\} [1-9]/m);
    expect(metrics).toMatch(/^palisade_namespaces\{enrolment="\w+"\} [1-9]/m);
    expect(metrics).toMatch(/^controller_runtime_reconcile_panics_total\{controller="secureworkload"\} 0$/m);
  });

  test("it logs lines of known keys alone, and passes by what they are for", () => {
    const known = new Set(["level", "time", "msg", ...Object.keys(LOG_KEYS)]);
    expect(running.lines.flatMap((line) => Object.keys(line)).filter((key) => !known.has(key))).toEqual([]);
    expect(running.lines).toContainEqual(
      expect.objectContaining({
        msg: "reconciled",
        controller: "secureworkload",
        controllerKind: "SecureWorkload",
        namespace: "steady",
        name: "once",
        reconcileID: expect.stringMatching(/^[0-9a-f-]{36}$/),
        traceID: expect.stringMatching(/^[0-9a-f]{32}$/),
      }),
    );
    expect(running.lines.at(-1)).toMatchObject({ level: "info", msg: "stopped" });
  });

  test("it traces what put the Service back", () => {
    const written = receiver.spans.find(
      ({ name, attributes }) => name === "POST services" && attributes["k8s.namespace.name"] === "steady",
    );
    const pass = receiver.spans.find(({ spanID }) => spanID === written?.parentID);
    expect(written?.attributes["http.response.status_code"]).toBe(201);
    expect(pass).toMatchObject({
      name: "reconcile secureworkload",
      attributes: { "k8s.namespace.name": "steady", "k8s.object.name": "once" },
      resource: { "service.name": "palisade", "service.version": "development" },
    });
  });
});
