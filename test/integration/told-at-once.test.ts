/** What a cluster would refuse or hang on later is said at once, and what is over or only labelled anew is left as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import { until } from "../cluster/index.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const ENDS = "registry.example.com/migrate:1";
const ENDS_TOO = "registry.example.com/migrate:2";
const VERSION = "app.kubernetes.io/version";

const namespace = "told";

const palisade = usePalisade({ namespaces: [namespace], kubelet: { namespace } });
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

const asAlice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], { user: "alice", ...(input === undefined ? {} : { input }) });

async function apply(name: string, spec: object, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  const workload = aWorkload(name, namespace, { ports: [], ...spec });
  const metadata = { ...(workload["metadata"] as object), labels };
  await asAlice(["apply", "-f", "-"], { ...workload, metadata });
}

const configMap = (name: string, data: Readonly<Record<string, string>>): Promise<string> =>
  asAlice(["apply", "-f", "-"], { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

async function ready(name: string): Promise<string> {
  const live = await look.get("sw", name);
  const condition = await look.condition(name, "Ready");
  return condition?.observedGeneration === live?.metadata.generation ? `${condition?.reason}` : "unseen";
}

const becomes = (name: string, reason: string): Promise<void> =>
  until(async () => (await ready(name)) === reason, `${name} to be ${reason}`);

const message = async (name: string, type = "Ready"): Promise<string> =>
  (await look.condition(name, type))?.message ?? "";

/** What the operator still writes once it answered everything. */
async function writesAfter(): Promise<readonly string[]> {
  await settled(cluster);
  const before = operatorWrites(cluster, namespace).length;
  await settled(cluster);
  return operatorWrites(cluster, namespace)
    .slice(before)
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name} ${objectRef?.subresource ?? ""}`);
}

interface EdgeCase {
  readonly name: string;
  readonly spec: { readonly type?: string };
  readonly says?: string;
}

const EDGES = parse(
  readFileSync(join(import.meta.dirname, "..", "cases", "names-schedules-mounts.yaml"), "utf8"),
) as readonly EdgeCase[];

describe("at the edge of what Kubernetes takes", () => {
  test.each(EDGES.filter(({ says }) => says !== undefined))(
    "$name is refused at once",
    async ({ name, spec, says }) => {
      const input = JSON.stringify(aWorkload(name, namespace, spec));
      const { code, stderr } = await cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { input });
      expect(code).not.toBe(0);
      expect(stderr).toContain(says);
    },
  );

  test.each(EDGES.filter(({ says }) => says === undefined))("$name becomes its children", async ({ name, spec }) => {
    await apply(name, spec);
    await becomes(name, spec.type === "CronJob" ? "Scheduled" : "Running");
  });
});

describe("a Job that ended", () => {
  const uid = async (): Promise<unknown> => (await look.get("job", "migrate"))?.metadata.uid;
  const job = { type: "Job", image: ENDS, command: ["/migrate"], envFrom: [{ configMap: "migrations" }] };

  test("is not run again for a label, a ConfigMap, its other fields or a restart, and is for rerun and for its image", async () => {
    palisade.kubelet.fates.set(ENDS, "succeeds").set(ENDS_TOO, "succeeds");
    await configMap("migrations", { target: "1" });
    await apply("migrate", job, { [VERSION]: "1" });
    await becomes("migrate", "Completed");
    const first = await uid();
    const stays = async (): Promise<void> => {
      expect(await writesAfter()).toEqual([]);
      expect(await uid()).toBe(first);
      expect(await ready("migrate")).toBe("Completed");
    };
    await asAlice(["label", "sw", "migrate", `${VERSION}=2`, "--overwrite"]);
    await stays();
    expect((await look.get("job", "migrate"))?.metadata.labels?.[VERSION]).toBe("2");
    expect(await message("migrate")).toBe("Job completed");
    await configMap("migrations", { target: "2" });
    await stays();
    expect(await message("migrate")).toContain("set job.rerun to another value to run it again");
    await palisade.restart();
    await stays();
    await palisade.stop();
    await asAlice(["label", "sw", "migrate", `${VERSION}=3`, "--overwrite"]);
    await configMap("migrations", { target: "3" });
    await palisade.start();
    await stays();
    await apply("migrate", { ...job, env: [{ name: "LEVEL", value: "debug" }] }, { [VERSION]: "4" });
    await stays();

    await apply("migrate", { ...job, job: { rerun: "after the outage" } });
    await until(async () => ![first, undefined].includes((await uid()) as string), "another run");
    await becomes("migrate", "Completed");
    const second = await uid();
    await apply("migrate", { ...job, image: ENDS_TOO, job: { rerun: "after the outage" } });
    await until(async () => ![first, second, undefined].includes((await uid()) as string), "the run of another image");
    await becomes("migrate", "Completed");
    expect(await look.corrections()).toEqual([]);
  }, 180_000);

  test("is not broken off while it runs", async () => {
    await configMap("slow", { target: "1" });
    await apply("slow", { type: "Job", envFrom: [{ configMap: "slow" }] }, { [VERSION]: "1" });
    await until(async () => field(await look.get("sw", "slow"), "status.readyReplicas") === 1, "its pod to run");
    const before = (await look.get("job", "slow"))?.metadata.uid;
    await configMap("slow", { target: "2" });
    await asAlice(["label", "sw", "slow", `${VERSION}=2`, "--overwrite"]);
    expect(await writesAfter()).toEqual([]);
    await palisade.restart();
    expect(await writesAfter()).toEqual([]);
    const after = await look.get("job", "slow");
    expect(after?.metadata).toMatchObject({ uid: before, labels: { [VERSION]: "2" } });
  }, 120_000);
});

describe("a release label", () => {
  const TYPES = {
    web: { type: "Deployment", replicas: 2, ports: [{ name: "http", port: 8080 }], envFrom: [{ configMap: "shop" }] },
    db: { type: "StatefulSet" },
    agent: { type: "DaemonSet" },
    nightly: { type: "CronJob", schedule: { cron: "0 3 * * *" } },
  };
  const names = Object.keys(TYPES);
  const podsOf = async (): Promise<readonly string[]> =>
    (await look.list("pod", "-l", `palisade.dev/workload in (${names.join(",")})`))
      .map(({ metadata }) => `${metadata.name} ${metadata.uid}`)
      .sort();
  const labelOf = async (kind: string, name: string) => (await look.get(kind, name))?.metadata.labels?.[VERSION];
  const LABELLED = ["deployment/web", "service/web", "statefulset/db", "daemonset/agent", "cronjob/nightly"];

  test("reaches every object and ends no pod, over restarts too; new pods bear it once anything else changes", async () => {
    await configMap("shop", { region: "eu" });
    for (const [name, spec] of Object.entries(TYPES)) await apply(name, spec, { [VERSION]: "2026.1" });
    for (const name of names) await becomes(name, name === "nightly" ? "Scheduled" : "Running");
    const before = await podsOf();
    expect(before).toHaveLength(4);
    const stays = async (version: string): Promise<void> => {
      expect(await writesAfter()).toEqual([]);
      expect(await podsOf()).toEqual(before);
      for (const object of LABELLED) {
        const [kind = "", name = ""] = object.split("/");
        expect([object, await labelOf(kind, name)]).toEqual([object, version]);
      }
      const copies = await look.list("configmap", "-l", `palisade.dev/workload=web,${VERSION}=${version}`);
      expect(copies).toHaveLength(1);
    };
    await asAlice(["label", "sw", ...names, `${VERSION}=2026.2`, "--overwrite"]);
    await stays("2026.2");
    await palisade.stop();
    await asAlice(["label", "sw", ...names, `${VERSION}=2026.3`, "--overwrite"]);
    await palisade.start();
    await stays("2026.3");
    const nightly = field(await look.get("cronjob", "nightly"), "spec.jobTemplate.spec.template.metadata.labels");
    expect(nightly).toMatchObject({ [VERSION]: "2026.3" });
    expect(await look.corrections()).toEqual([]);

    await apply("db", { ...TYPES.db, args: ["--verbose"] }, { [VERSION]: "2026.3" });
    await until(async () => (await labelOf("pod", "db-0")) === "2026.3", "the new pod with the new label");
  }, 240_000);
});

describe("a key that a ConfigMap does not have", () => {
  test("is named, and the rollout goes on by itself once it is there", async () => {
    await configMap("settings", { "app.conf": "a = 1", MODE: "production" });
    await apply("file", { files: [{ path: "/etc/app/app.conf", configMap: { name: "settings", key: "ap.conf" } }] });
    const items = [{ key: "x.conf", path: "conf.d/x.conf" }];
    await apply("items", { files: [{ path: "/etc/app", configMap: { name: "settings", items } }] });
    const configMapKeyRef = { name: "settings", key: "MODEE" };
    await apply("variable", { env: [{ name: "MODE", valueFrom: { configMapKeyRef } }] });
    for (const [name, key] of Object.entries({ file: "ap.conf", items: "x.conf", variable: "MODEE" })) {
      await becomes(name, "ReferenceMissing");
      expect(await message(name)).toContain(`ConfigMap settings has no key ${key}`);
      expect(await look.get("deployment", name)).toBeUndefined();
    }
    await configMap("settings", { "app.conf": "a = 1", MODE: "production", "ap.conf": "x", "x.conf": "x", MODEE: "x" });
    for (const name of ["file", "items", "variable"]) await becomes(name, "Running");
  }, 120_000);

  test("keeps what runs on the content that had it, over a restart too", async () => {
    await configMap("mode", { MODE: "production" });
    const env = [{ name: "MODE", valueFrom: { configMapKeyRef: { name: "mode", key: "MODE" } } }];
    await apply("keeps", { env });
    await becomes("keeps", "Running");
    const pods = async () =>
      (await look.list("pod", "-l", "palisade.dev/workload=keeps")).map(({ metadata }) => metadata.uid);
    const before = await pods();
    await configMap("mode", { MODES: "production" });
    await becomes("keeps", "ReferenceMissing");
    expect(await writesAfter()).toEqual([]);
    await palisade.restart();
    expect(await writesAfter()).toEqual([]);
    expect(await pods()).toEqual(before);
    expect(await ready("keeps")).toBe("ReferenceMissing");
  }, 120_000);
});

test("an optional ConfigMap is waited for by nobody, and one that is gone is told while its copy serves", async () => {
  const configMapKeyRef = { name: "maybe", key: "MODE", optional: true };
  await apply("may", {
    env: [{ name: "MODE", valueFrom: { configMapKeyRef } }],
    envFrom: [{ secret: "no", optional: true }],
  });
  await becomes("may", "Running");
  await apply("mounts", { files: [{ path: "/etc/may", configMap: { name: "never", optional: true } }] });
  await becomes("mounts", "Running");
  const inTemplate = async (name: string, path: string): Promise<unknown> =>
    field(await look.get("deployment", name), `spec.template.spec.${path}`);
  expect(await inTemplate("mounts", "volumes.0.configMap.name")).toBe("mounts.never.ABSENT");
  const named = (): Promise<unknown> => inTemplate("may", "containers.0.env.0.valueFrom.configMapKeyRef.name");
  expect(await named()).toBeUndefined();
  await configMap("maybe", { MODE: "production" });
  await until(async () => (await named()) !== undefined, "the copy to be named");
  const copy = await named();
  await becomes("may", "Running");
  await asAlice(["delete", "configmap", "maybe"]);
  await until(async () => (await look.condition("may", "Limited"))?.reason === "ReferenceGone", "it to be told");
  expect(await message("may", "Limited")).toContain("ConfigMap maybe does not exist any more");
  expect(await named()).toBe(copy);
  expect(await ready("may")).toBe("Running");
}, 120_000);

test("the Service's port in outbound is told to both sides, with the port to write", async () => {
  const ports = [{ name: "http", port: 8080, servicePort: 80 }];
  await apply("catalog", { ports, access: { inbound: [{ workload: "caller" }] } });
  await apply("caller", { access: { outbound: [{ workload: "catalog", port: 80 }] } });
  for (const name of ["catalog", "caller"]) {
    await until(async () => (await message(name, "AccessAgreed")).includes("write port: 8080"), `${name} to be told`);
    expect(await message(name, "AccessAgreed")).not.toContain("to ports of SecureWorkload");
  }
  await apply("caller", { access: { outbound: [{ workload: "catalog", port: 8080 }] } });
  await until(async () => (await look.condition("caller", "AccessAgreed"))?.status === "True", "both to agree");
});

test("a workload that names more ConfigMaps than its status holds is ready, and its status says how many there are", async () => {
  const names = Array.from({ length: 144 }, (_, index) => `c${index}`);
  const items = names.map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { k: name } }));
  await asAlice(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  const env = names
    .slice(0, 128)
    .map((name, index) => ({ name: `V${index}`, valueFrom: { configMapKeyRef: { name, key: "k" } } }));
  await apply("wide", { env, envFrom: names.slice(128).map((name) => ({ configMap: name })) });
  await becomes("wide", "Running");
  const status = (await look.get("sw", "wide"))?.["status"] as { configs: unknown[]; truncated: unknown };
  expect(status.configs).toHaveLength(128);
  expect(status.truncated).toEqual([{ field: "configs", total: 144 }]);
  expect(await look.list("configmap", "-l", "palisade.dev/workload=wide")).toHaveLength(144);
  expect(await writesAfter()).toEqual([]);
}, 120_000);

test("amounts in any spelling are written once", async () => {
  const both = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory }, limits: { cpu, memory } } });
  const claims = (size: string) => ({ type: "StatefulSet", claims: [{ name: "data", path: "/data", size }] });
  await apply("cores", { ...both("1000m", "1024Mi"), scratch: [{ path: "/tmp", size: "1024Ki" }] });
  await apply("kibi", { ...both("2000m", "1048576Ki"), scratch: [{ path: "/tmp", size: "65536Ki" }] });
  await apply("tebi", claims("1024Gi"));
  await apply("pebi", claims("1048576Gi"));
  await apply("most", claims("999999999Gi"));
  for (const name of ["tebi", "pebi", "most"])
    await until(async () => (await look.get("statefulset", name)) !== undefined, `the StatefulSet ${name}`);
  expect(await writesAfter()).toEqual([]);
  for (const name of ["cores", "kibi", "tebi", "pebi", "most"])
    expect([name, await ready(name)]).not.toEqual([name, "WriteChanged"]);
});

test("a DNS Service that nothing stands behind is told, until something does", async () => {
  const slice = ["endpointslice", "kube-dns-1", "-n", "kube-system"];
  const before = JSON.parse(await kubectl(cluster, ["get", ...slice, "-o", "json"])) as KubeObject;
  const { name, labels } = before.metadata;
  await apply("resolver", {});
  await becomes("resolver", "Running");
  await kubectl(cluster, ["delete", ...slice]);
  await palisade.restart();
  const limited = async () => look.condition("resolver", "Limited");
  await until(async () => (await limited())?.reason === "ClusterDNSEmpty", "the condition");
  expect((await limited())?.message).toContain("kube-system/kube-dns selects no pods");
  expect(await ready("resolver")).toBe("Running");
  const again = { ...before, metadata: { name, labels, namespace: "kube-system" } };
  await kubectl(cluster, ["create", "-f", "-"], { input: again });
  await until(async () => (await limited()) === undefined, "the condition to go");
});
