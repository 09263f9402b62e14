/** How many pods there are, which of them first, and how one version takes over from another. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { type ClusterUser, until } from "../cluster/index.ts";
import { asAccount } from "../support/as-account.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { type ExternalMetrics, serveExternalMetrics } from "../support/external-metrics.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

let metrics: ExternalMetrics;
const namespace = "scale";

const palisade = usePalisade({
  namespaces: [namespace],
  before: async () => {
    metrics = await serveExternalMetrics(cluster);
  },
});
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

afterAll(async () => {
  await metrics?.stop();
});

async function created(name: string, spec: object): Promise<void> {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, spec), user: "alice" });
  await until(async () => (await look.get("deployment", name)) !== undefined, `the Deployment ${name}`);
}

const cpu = { averageUtilization: 70 };
const AUTOSCALED = { replicas: 3, autoscaling: { minReplicas: 2, maxReplicas: 10, cpu } };

const patch = (kind: string, name: string, body: object, user: ClusterUser): Promise<string> =>
  kubectl(cluster, ["patch", kind, name, "-n", namespace, "--type=merge", "-p", JSON.stringify(body)], { user });

const replicas = async (name: string): Promise<unknown> => field(await look.get("deployment", name), "spec.replicas");

/** As the autoscaler's own account, and with the one request it makes. */
async function scaleTo(name: string, count: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
  const account = asAccount("kube-system", "horizontal-pod-autoscaler");
  const scale = {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace },
    spec: { replicas: count },
  };
  await kubectl(cluster, ["replace", "--raw", path, ...account, "-f", "-"], { input: scale });
}

describe("an autoscaled workload", () => {
  beforeAll(() => created("web", AUTOSCALED));

  test("has an autoscaler that says what it declares, and then nothing is written any more", async () => {
    await until(async () => (await look.get("hpa", "web")) !== undefined, "the autoscaler");
    const spec = (await look.get("hpa", "web"))?.["spec"];
    expect(spec).toMatchObject({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 2,
      maxReplicas: 10,
    });
    expect(await replicas("web")).toBe(3);
    const told = async (): Promise<boolean> => (await look.children("web")).includes("HorizontalPodAutoscaler/web");
    await until(told, "its workload to name it");
    await until(
      async () => (await look.condition("web", "Limited"))?.reason === "AutoscalerUnavailable",
      "the metrics to be missed",
    );
    // The status follows the pods for as long as they come.
    await until(async () => field(await look.get("sw", "web"), "status.replicas") === 3, "every pod to be counted");
    await settled(cluster);
    const before = operatorWrites(cluster).length;
    await settled(cluster);
    expect(operatorWrites(cluster).slice(before)).toEqual([]);
  });

  test("says that nothing serves the metrics its autoscaler asks for", async () => {
    expect((await look.condition("web", "Limited"))?.message).toContain(
      "HorizontalPodAutoscaler/web cannot scale (FailedGetResourceMetric)",
    );
  });

  test("is left alone by us while its autoscaler scales it within the bounds", async () => {
    const before = operatorWrites(cluster).length;
    for (const count of [7, 10, 2, 5]) {
      await scaleTo("web", count);
      await settled(cluster);
      expect(await replicas("web")).toBe(count);
    }
    const written = operatorWrites(cluster).slice(before);
    expect(written.filter(({ objectRef }) => objectRef?.subresource !== "status")).toEqual([]);
    expect(await look.corrections()).toEqual([]);
  });

  test("keeps the autoscaler's number when something else is put right, and through a restart of the operator", async () => {
    await scaleTo("web", 6);
    await patch("deployment", "web", { spec: { paused: true } }, "alice");
    await until(async () => (await look.corrections()).some((note) => note.includes("spec.paused")), "the correction");
    expect(await replicas("web")).toBe(6);
    await patch("deployment", "web", { metadata: { managedFields: [{}] }, spec: { paused: true } }, "alice");
    await until(async () => field(await look.get("deployment", "web"), "spec.paused") !== true, "the next correction");
    expect(await replicas("web")).toBe(6);
    await settled(cluster);
    await palisade.stop();
    const before = operatorWrites(cluster).length;
    await palisade.start();
    await settled(cluster);
    expect(operatorWrites(cluster).slice(before)).toEqual([]);
    expect(await replicas("web")).toBe(6);
  });

  test.each([
    { count: 0, becomes: 2 },
    { count: 1_000, becomes: 10 },
  ])("is brought back from $count pods to the nearest bound, case 27", async ({ count, becomes }) => {
    await kubectl(cluster, ["scale", "deployment/web", `--replicas=${count}`, "-n", namespace], { user: "alice" });
    await until(async () => (await replicas("web")) === becomes, `${becomes} pods`);
    await until(async () => (await look.corrections()).some((note) => note.includes("drift case 27")), "the Event");
  });

  test("takes new bounds at once", async () => {
    await created("web", { autoscaling: { minReplicas: 4, maxReplicas: 6, cpu } });
    await until(async () => (await replicas("web")) === 6, "the new maximum");
    await created("web", AUTOSCALED);
    await until(async () => field(await look.get("hpa", "web"), "spec.maxReplicas") === 10, "the old bounds");
  });

  test("loses its autoscaler, and every pod, when it is stopped", async () => {
    await kubectl(cluster, ["scale", "sw/web", "--replicas=0", "-n", namespace], { user: "alice" });
    await until(async () => (await look.get("hpa", "web")) === undefined, "the autoscaler to go");
    await until(async () => (await replicas("web")) === 0, "no pod");
    await created("web", AUTOSCALED);
    await until(async () => (await look.get("hpa", "web")) !== undefined, "the autoscaler");
  });

  test("is scaled by the real autoscaler, and nobody minds", async () => {
    const depth = [{ type: "External", name: "queue_depth", averageValue: "10" }];
    metrics.value = 45;
    await created("queue", { autoscaling: { minReplicas: 2, maxReplicas: 8, metrics: depth } });
    const told = (await look.corrections()).length;
    await until(async () => (await replicas("queue")) === 5, "five pods for 45 entries", 60_000);
    metrics.value = 500;
    await until(async () => (await replicas("queue")) === 8, "the most there may be", 60_000);
    await until(async () => (await look.condition("queue", "Limited")) === undefined, "nothing to be missing");
    expect((await look.corrections()).length).toBe(told);
  }, 150_000);
});

describe("a change by others", () => {
  test.each([
    {
      number: 28,
      kind: "hpa",
      what: "HorizontalPodAutoscaler/web",
      body: { spec: { maxReplicas: 1_000 } },
      path: "spec.maxReplicas",
    },
    {
      number: 28,
      kind: "hpa",
      what: "HorizontalPodAutoscaler/web",
      body: { spec: { scaleTargetRef: { name: "queue" } } },
      path: "spec.scaleTargetRef.name",
    },
    {
      number: 29,
      kind: "pdb",
      what: "PodDisruptionBudget/web",
      body: { spec: { maxUnavailable: 0 } },
      path: "spec.maxUnavailable",
    },
  ])("of $path of $what is undone, case $number", async ({ number, kind, what, body, path }) => {
    const before = field(await look.get(kind, "web"), path);
    await patch(kind, "web", body, kind === "hpa" ? "alice" : "admin");
    await until(
      async () => (await look.corrections()).some((note) => note.includes(`${what}: ${path} (drift case ${number})`)),
      "the Event",
    );
    expect(field(await look.get(kind, "web"), path)).toEqual(before);
  });

  test("that deletes the autoscaler is undone, case 31", async () => {
    await kubectl(cluster, ["delete", "hpa", "web", "-n", namespace], { user: "alice" });
    await until(async () => (await look.get("hpa", "web")) !== undefined, "the autoscaler");
    await until(
      async () => (await look.corrections()).some((note) => note.startsWith("Recreated HorizontalPodAutoscaler/web")),
      "the Event",
    );
  });

  const theirs = (name: string, target: object): object => ({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace },
    spec: { scaleTargetRef: target, minReplicas: 1, maxReplicas: 1_000 },
  });
  const create = (input: object): Promise<string> => kubectl(cluster, ["create", "-f", "-"], { input, user: "alice" });

  test("that adds an autoscaler to a Deployment or ReplicaSet of ours is undone, case 28", async () => {
    const [replicaSet] = await look.list("replicaset", "-l", "palisade.dev/workload=web");
    await create(theirs("mine", { apiVersion: "apps/v1", kind: "Deployment", name: "web" }));
    await create(theirs("mine-too", { apiVersion: "apps/v1", kind: "ReplicaSet", name: replicaSet?.metadata.name }));
    for (const name of ["mine", "mine-too"]) {
      await until(async () => (await look.get("hpa", name)) === undefined, `${name} to be gone`);
      await until(
        async () =>
          (await look.corrections()).some((note) => note.startsWith(`Deleted HorizontalPodAutoscaler/${name}:`)),
        "the Event",
      );
    }
  });

  test("that scales somebody else's Deployment, or the workload by its own scale, is left alone", async () => {
    await created("plain", { replicas: 1 });
    await create(theirs("other", { apiVersion: "apps/v1", kind: "Deployment", name: "not-ours" }));
    await create(theirs("own", { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: "plain" }));
    await settled(cluster);
    expect(await look.get("hpa", "other")).toBeDefined();
    expect(await look.get("hpa", "own")).toBeDefined();
  });
});

interface Pod extends KubeObject {
  readonly spec: {
    readonly priority?: number;
    readonly preemptionPolicy?: string;
    readonly priorityClassName?: string;
  };
}

const podsOf = async (workload: string): Promise<readonly Pod[]> =>
  (await look.list("pod", "-l", `palisade.dev/workload=${workload}`)) as readonly Pod[];

test("pods get the priority of their class, preempt nobody, and are not taken for impostors", async () => {
  const placement = { accelerator: { name: "nvidia-gpu", count: 2 }, architecture: ["arm64"] };
  await created("first", { priority: "High", replicas: 2, placement });
  await created("last", { priority: "Low" });
  await until(async () => (await podsOf("first")).length === 2 && (await podsOf("last")).length === 1, "the pods");
  const before = [...(await podsOf("first")), ...(await podsOf("last"))];
  expect(before.map(({ spec }) => [spec.priorityClassName, spec.priority, spec.preemptionPolicy])).toEqual([
    ["palisade-high", 1_000, "Never"],
    ["palisade-high", 1_000, "Never"],
    ["palisade-low", -5, "Never"],
  ]);
  await settled(cluster);
  const uids = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid);
  expect(uids([...(await podsOf("first")), ...(await podsOf("last"))])).toEqual(uids(before));
});

test("a placement that no node can serve is said, and a node that can takes it back", async () => {
  await created("far", { placement: { architecture: ["s390x"] } });
  const node = (name: string, architecture: string): object => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/arch": architecture } },
  });
  await kubectl(cluster, ["create", "-f", "-"], { input: node("near", "amd64") });
  await until(async () => (await look.condition("far", "Limited"))?.reason === "PlacementUnavailable", "the condition");
  expect((await look.condition("far", "Limited"))?.message).toContain("no node of this cluster has architecture s390x");
  await kubectl(cluster, ["create", "-f", "-"], { input: node("mainframe", "s390x") });
  await until(async () => (await look.condition("far", "Limited")) === undefined, "the condition to go");
});

test("the version before serves until the new one is ready", async () => {
  await created("rolled", { replicas: 4 });
  await until(async () => (await podsOf("rolled")).length === 4, "the pods");
  const before = (await podsOf("rolled")).map(({ metadata }) => metadata.name);
  for (const name of before) await ready(name);
  await until(async () => field(await look.get("deployment", "rolled"), "status.readyReplicas") === 4, "ready pods");
  await created("rolled", { replicas: 4, image: "registry.example.com/shop/web:2" });
  await until(async () => (await podsOf("rolled")).length === 5, "a pod of the new version");
  await settled(cluster);
  const after = (await podsOf("rolled")).map(({ metadata }) => metadata.name);
  expect(after).toEqual(expect.arrayContaining(before));
  const fresh = after.find((name) => !before.includes(name)) ?? "";
  await ready(fresh);
  const old = async (): Promise<number> =>
    (await podsOf("rolled")).filter(({ metadata }) => before.includes(metadata.name)).length;
  await until(async () => (await old()) === 3, "one pod of the version before to go");
});

/** As its kubelet would say. */
const ready = (pod: string): Promise<string> =>
  kubectl(cluster, [
    "patch",
    "pod",
    pod,
    "-n",
    namespace,
    "--subresource=status",
    "--type=merge",
    "-p",
    JSON.stringify({ status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } }),
  ]);
