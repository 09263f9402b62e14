/** What a pass does is isolated and bounded: a refusal keeps no correction back, nobody is fought for ever, and what we do ourselves is nobody's drift. */

import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { kubectl } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const QUOTA = "bounded-quota";
const FOUGHT = "bounded-fought";
const REPORT = "bounded-report";
const GROWN = "bounded-grown";

const palisade = usePalisade({ namespaces: [QUOTA, FOUGHT, REPORT, GROWN], kubelet: "all" });
const { cluster } = palisade;

const apply = (input: object): Promise<string> => kubectl(cluster, ["apply", "-f", "-"], { input });

const isReady = async (namespace: string, name: string): Promise<boolean> =>
  (await lookAt(cluster, namespace).condition(name, "Ready"))?.status === "True";

const imageOf = async (namespace: string): Promise<string> =>
  kubectl(cluster, [
    "get",
    "deploy",
    "web",
    "-n",
    namespace,
    "-o",
    "jsonpath={.spec.template.spec.containers[0].image}",
  ]);

const podsOf = (namespace: string): Promise<readonly KubeObject[]> => lookAt(cluster, namespace).list("pods");

/** As a platform team types it. */
const palisadePlan = (namespace: string, name: string) => typePalisade(cluster, ["plan", "-n", namespace, name]);

test("a Service that a quota refuses keeps no correction of the Deployment back", async () => {
  await apply(aWorkload("web", QUOTA));
  await until(() => isReady(QUOTA, "web"), "the workload to run");
  const image = await imageOf(QUOTA);
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace: QUOTA } };
  await apply({ ...quota, spec: { hard: { services: "0" } } });
  const refused = async (): Promise<boolean> => {
    const { code } = await cluster.kubectl([
      "create",
      "service",
      "clusterip",
      "probe",
      "--tcp=80",
      "-n",
      QUOTA,
      "--dry-run=server",
    ]);
    return code !== 0;
  };
  await until(refused, "the quota to count");
  await kubectl(cluster, ["delete", "service", "web", "-n", QUOTA]);
  const { condition, corrections, get } = lookAt(cluster, QUOTA);
  await until(async () => (await condition("web", "Ready"))?.reason === "WriteRefused", "the refusal to be told");
  expect((await condition("web", "Ready"))?.message).toMatch(/create Service\/web.*exceeded quota/);

  for (const evil of ["evil/miner:1", "evil/miner:2"]) {
    await kubectl(cluster, ["set", "image", "deploy/web", `*=${evil}`, "-n", QUOTA]);
    await until(async () => (await imageOf(QUOTA)) === image, "the image to be put right", 2_000);
  }

  expect(await get("service", "web")).toBeUndefined();
  await until(
    async () => (await corrections()).filter((note) => note.includes("Deployment/web")).length >= 2,
    "both Events",
  );
  await kubectl(cluster, ["delete", "resourcequota", "none", "-n", QUOTA]);
  await until(() => isReady(QUOTA, "web"), "the workload to be whole again", 120_000);
}, 240_000);

test("pods of a ReplicationController under a workload's label are deleted ten times, and then the cause is named", async () => {
  await apply(aWorkload("web", FOUGHT));
  await until(() => isReady(FOUGHT, "web"), "the workload to run");
  const [own] = await podsOf(FOUGHT);
  const labels = { "palisade.dev/workload": "web", app: "legacy" };
  // It obeys Pod Security, or the namespace would refuse it.
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const containers = [{ name: "main", image: "registry.example.com/legacy:1", securityContext }];
  const podSecurity = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } };
  const seen = new Set<string>();
  const watching = { on: true };
  const watch = (async () => {
    while (watching.on) {
      for (const pod of await podsOf(FOUGHT))
        if (pod.metadata.name.startsWith("legacy-")) seen.add(pod.metadata.uid ?? "");
      await pause(20);
    }
  })();

  await apply({
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "legacy", namespace: FOUGHT },
    spec: {
      replicas: 2,
      selector: { app: "legacy" },
      template: { metadata: { labels }, spec: { containers, securityContext: podSecurity } },
    },
  });
  const { condition, get } = lookAt(cluster, FOUGHT);
  await until(
    async () => (await condition("web", "CorrectionsPaused"))?.status === "True",
    "the pause to be told",
    60_000,
  );
  await pause(10_000);
  watching.on = false;
  await watch;

  const left = (await podsOf(FOUGHT)).filter(({ metadata }) => metadata.name.startsWith("legacy-")).length;
  expect(seen.size - left).toBeLessThanOrEqual(10);
  const { message, reason } = (await condition("web", "CorrectionsPaused")) ?? {};
  expect(reason).toBe("BudgetSpent");
  expect(message).toMatch(/ReplicationController\/legacy.*Next try: 20/);
  expect(await isReady(FOUGHT, "web")).toBe(true);
  expect((await get("pod", own?.metadata.name ?? ""))?.metadata.uid).toBe(own?.metadata.uid);
  const events = await lookAt(cluster, FOUGHT).list("events.events.k8s.io");
  expect(events.filter(({ reason: why }) => (why as string) === "CorrectionsPaused")).toHaveLength(1);

  // Everything else stays enforced.
  const image = await imageOf(FOUGHT);
  await kubectl(cluster, ["set", "image", "deploy/web", "*=evil/miner:1", "-n", FOUGHT]);
  await until(async () => (await imageOf(FOUGHT)) === image, "the image to be put right", 5_000);
}, 180_000);

test("where enforcement is Report nothing is written but the status, which lists what is due", async () => {
  await setBaseline(cluster, { namespaces: [{ name: REPORT, enforcement: "Report" }] });
  await apply(aWorkload("web", REPORT));
  const { condition, get, list } = lookAt(cluster, REPORT);
  await until(async () => (await condition("web", "ReportOnly"))?.status === "True", "the report");
  const status = ((await get("sw", "web"))?.["status"] ?? {}) as {
    wouldDo?: { count: number; first: readonly string[] };
  };
  expect(status.wouldDo?.count).toBeGreaterThan(4);
  expect(status.wouldDo?.first).toContain("create Deployment/web: the workload needs it");
  expect(await list("deployments,services,networkpolicies,poddisruptionbudgets")).toEqual([]);
  const due = await palisadePlan(REPORT, "web");
  expect(due.code).toBe(1);
  expect(due.stdout.split("\n")).toEqual(expect.arrayContaining([...(status.wouldDo?.first ?? [])]));
  const namespace = await kubectl(cluster, ["get", "ns", REPORT, "-o", "jsonpath={.metadata.labels}"]);
  expect(namespace).not.toContain("palisade.dev");

  await setBaseline(cluster, { namespaces: [{ name: REPORT, enforcement: "Enforce" }] });
  await until(() => isReady(REPORT, "web"), "the workload to run");
  expect(await condition("web", "ReportOnly")).toBeUndefined();
  await until(async () => (await palisadePlan(REPORT, "web")).code === 0, "nothing to be due", 60_000);
  expect(await palisadePlan(REPORT, "gone")).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("no SecureWorkload"),
  });
}, 120_000);

test("a claim that grows replaces the StatefulSet and none of its pods at once, and is nobody's drift", async () => {
  const db = (size: string): object =>
    aWorkload("db", GROWN, { type: "StatefulSet", replicas: 3, claims: [{ name: "data", path: "/data", size }] });
  for (const index of [0, 1, 2])
    await apply({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `grown-${index}` },
      spec: { capacity: { storage: "5Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: `/grown-${index}` } },
    });
  await apply(db("1Gi"));
  await until(() => isReady(GROWN, "db"), "the database to run");
  const before = (await podsOf(GROWN)).map(({ metadata }) => metadata.uid);
  const { get, corrections } = lookAt(cluster, GROWN);
  const uidOf = async (): Promise<string | undefined> => (await get("statefulset", "db"))?.metadata.uid;
  const old = await uidOf();

  await apply(db("2Gi"));
  let fewest = 3;
  await until(
    async () => {
      const running = (await podsOf(GROWN)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, running.length);
      return (await uidOf()) !== old && (await isReady(GROWN, "db"));
    },
    "the StatefulSet to be replaced",
    60_000,
  );

  expect(before).toHaveLength(3);
  expect(fewest).toBeGreaterThanOrEqual(2);
  expect(await corrections()).toEqual([]);
}, 180_000);
