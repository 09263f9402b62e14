/** A policy engine that labels every object of a namespace, as many do for the bill: workloads run beside it, are told of it once, and end nothing. */
import { beforeAll, expect, jest, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { isStored, operatorWrites, storedInQuiet } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { enforce } from "../support/enforce.ts";
import { field, lookAt } from "../support/look.ts";
import { adjustTemplates, labelEverything, labelTemplates } from "../support/mutating.ts";
import { setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(180_000);

const namespace = "labelled";
const ADJUSTED = "adjusted";
const LABEL = "cost-center";

const palisade = usePalisade({
  admission: ADMISSION_POLICIES,
  namespaces: [namespace, ADJUSTED],
  kubelet: "all",
  baseline: {},
});
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

const apply = async (...objects: readonly object[]): Promise<void> => {
  for (const input of objects) await kubectl(cluster, ["apply", "-f", "-"], { input });
};

const NAMES = ["web", "db", "agent"];

beforeAll(async () => {
  await enforce(cluster, ADMISSION_POLICIES);
  await apply(...labelEverything(namespace, LABEL), ...labelTemplates(namespace, LABEL));
  const probe = ["create", "deployment", "probe", "--image=x", "--dry-run=server", "-o", "json", "-n", namespace];
  await until(async () => (await kubectl(cluster, probe)).split(LABEL).length > 2, "the policies to be in force");
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace },
    data: { a: "1" },
  };
  const files = [{ path: "/etc/app", configMap: { name: "settings" } }];
  await apply(
    configMap,
    aWorkload("web", namespace, { replicas: 2, files }),
    aWorkload("db", namespace, { type: "StatefulSet" }),
    aWorkload("agent", namespace, { type: "DaemonSet" }),
  );
}, 120_000);

const quietly = (where = namespace): Promise<readonly string[]> => storedInQuiet(cluster, where);

const ready = async (name: string) => look.condition(name, "Ready");

/** For whoever has to find out. */
const told = async (): Promise<string> => {
  const workloads = await look.list("sw");
  return JSON.stringify(
    workloads.map(({ metadata, ...rest }) => [metadata.name, field(rest as KubeObject, "status.conditions")]),
  );
};

const runs = (pods: () => Promise<boolean>, what: string): Promise<void> =>
  until(pods, what, 60_000).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${await told()}`);
  });

const running = async (): Promise<readonly KubeObject[]> =>
  (await look.list("pods")).filter((pod) => field(pod, "status.phase") === "Running");

test("a namespace that the engine has not marked yet is said to need a write of somebody else", async () => {
  await until(async () => ((await ready("web"))?.message ?? "").includes("kubectl annotate namespace"), "the way out");
  await kubectl(cluster, ["annotate", "namespace", namespace, "example.com/touched=yes"]);
});

test("workloads run though nobody listed the label, and say what to list", async () => {
  await runs(async () => (await running()).length === 4, "every pod to run");
  for (const name of NAMES) {
    await until(async () => (await ready(name))?.reason === "WriteChanged", `${name} to tell`);
    expect((await ready(name))?.message).toContain("toleratedMetadata");
  }
  expect(await quietly()).toEqual([]);
});

test("once it is listed they are ready, and no pod was ended", async () => {
  const pods = (await running()).map(({ metadata }) => metadata.uid).sort();
  await setBaseline(cluster, { toleratedMetadata: [LABEL, "team"] });
  for (const name of NAMES)
    await until(async () => (await ready(name))?.status === "True", `${name} to be ready`, 60_000);
  expect(await quietly()).toEqual([]);
  expect((await running()).map(({ metadata }) => metadata.uid).sort()).toEqual(pods);
  for (const name of NAMES) expect(await look.condition(name, "PodsMutated")).toBeUndefined();
});

test("a release reaches the pods, which keep the label", async () => {
  const env = [{ name: "RELEASE", value: "2" }];
  await apply(aWorkload("web", namespace, { replicas: 2, env }));
  const isNew = (pod: KubeObject): boolean => JSON.stringify(pod["spec"]).includes("RELEASE");
  await runs(async () => (await running()).filter(isNew).length === 2, "the new pods");
  await runs(async () => (await ready("web"))?.status === "True", "web to be ready");
  expect((await running()).every(({ metadata }) => metadata.labels?.[LABEL] === "4711")).toBe(true);
  expect(await quietly()).toEqual([]);
});

test("nobody else may write a label into a template, listed or not", async () => {
  const patch = JSON.stringify({ spec: { template: { metadata: { labels: { team: "mine" } } } } });
  await expect(kubectl(cluster, ["patch", "deployment", "web", "-n", namespace, "-p", patch])).rejects.toThrow(
    "is managed by SecureWorkload web",
  );
});

test("what a cloud adjusts in a template is told with what to list, and is ready once it is listed", async () => {
  const adjusted = lookAt(cluster, ADJUSTED);
  const web = async (type: string) => adjusted.condition("web", type);
  await apply(...adjustTemplates(ADJUSTED));
  const containers = [
    { name: "probe", image: "registry.example.com/probe:1", resources: { requests: { cpu: "100m" } } },
  ];
  const labels = { app: "probe" };
  const probe = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "probe", namespace: ADJUSTED },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
  const dry = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
  await until(
    async () => (await kubectl(cluster, dry, { input: probe })).includes('"250m"'),
    "the policy to be in force",
  );
  await apply(aWorkload("web", ADJUSTED, { replicas: 2 }));
  await until(async () => (await web("Ready"))?.reason === "WriteChanged", "it to be told");
  expect((await web("Ready"))?.message).toContain("injections.expected (resources, tolerations)");
  const expected = ["resources", "tolerations"];
  await setBaseline(cluster, { toleratedMetadata: [LABEL, "team"], injections: { expected } });
  await until(async () => (await web("Ready"))?.status === "True", "web to be ready", 60_000);
  expect(await quietly(ADJUSTED)).toEqual([]);
  expect([(await web("PodsMutated"))?.status, (await web("DriftFree"))?.status]).toEqual([undefined, "True"]);
  const deleted = operatorWrites(cluster, ADJUSTED)
    .filter(({ objectRef }) => objectRef?.resource === "pods")
    .filter(isStored);
  expect(deleted).toEqual([]);
});
