/** What a tenant with `edit` can do to the other types, to the copies of ConfigMaps, and to live pods: each is undone and told of. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = uniqueNamespace("drift-types");

const alice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], { user: "alice", ...(input === undefined ? {} : { input }) });

const WORKLOADS = [
  { kind: "statefulset", name: "db", spec: { type: "StatefulSet", replicas: 2, podManagement: "Parallel" } },
  { kind: "daemonset", name: "agent", spec: { type: "DaemonSet" } },
  { kind: "cronjob", name: "nightly", spec: { type: "CronJob", schedule: { cron: "0 3 * * *" } } },
  { kind: "job", name: "migrate", spec: { type: "Job", job: { completions: 3 } } },
  {
    kind: "deployment",
    name: "web",
    spec: { files: [{ path: "/etc/app/app.conf", configMap: { name: "settings", key: "app.conf" } }] },
  },
] as const;

const palisade = usePalisade({ namespaces: [namespace] });
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

beforeAll(async () => {
  await alice(["create", "configmap", "settings", "--from-literal=app.conf=listen 8080"]);
  for (const { name, spec } of WORKLOADS) await alice(["apply", "-f", "-"], aWorkload(name, namespace, spec));
  for (const { kind, name } of WORKLOADS)
    await until(async () => (await look.get(kind, name)) !== undefined, `${kind}/${name}`);
  for (const name of ["db", "migrate", "web"])
    await until(async () => (await podsOf(name)).length > 0, `the pods of ${name}`);
});

const podsOf = (name: string): Promise<readonly KubeObject[]> =>
  look.list("pod", "-l", `palisade.dev/workload=${name}`);

/** Does it, and waits for the one Event more that names the object and each of these words. */
async function undone(what: () => Promise<unknown>, ...words: readonly string[]): Promise<void> {
  const telling = async () => (await look.corrections()).filter((note) => words.every((word) => note.includes(word)));
  const before = (await telling()).length;
  await what();
  await until(async () => (await telling()).length > before, `an Event with ${words.join(", ")}`);
}

const patch = (kind: string, name: string, body: object, type = "strategic"): Promise<string> =>
  alice(["patch", kind, name, `--type=${type}`, "-p", JSON.stringify(body)]);

const SPY = { name: "spy", image: "registry.example.com/spy:1" };
const withSpy = { spec: { template: { spec: { containers: [SPY] } } } };

const CHANGES = [
  {
    kind: "statefulset",
    name: "db",
    body: { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } },
    path: "spec.updateStrategy",
  },
  {
    kind: "statefulset",
    name: "db",
    body: { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } },
    path: "spec.updateStrategy",
  },
  { kind: "statefulset", name: "db", body: withSpy, path: "spec.template.spec.containers[name=spy]" },
  { kind: "statefulset", name: "db", body: { spec: { replicas: 5 } }, path: "spec.replicas" },
  { kind: "daemonset", name: "agent", body: withSpy, path: "spec.template.spec.containers[name=spy]" },
  {
    kind: "daemonset",
    name: "agent",
    body: { spec: { template: { spec: { nodeSelector: { pool: "mine" } } } } },
    path: "nodeSelector",
  },
  { kind: "cronjob", name: "nightly", body: { spec: { schedule: "* * * * *" } }, path: "spec.schedule" },
  { kind: "cronjob", name: "nightly", body: { spec: { suspend: true } }, path: "spec.suspend" },
  { kind: "cronjob", name: "nightly", body: { spec: { jobTemplate: withSpy } }, path: "containers[name=spy]" },
  { kind: "job", name: "migrate", body: { spec: { suspend: true } }, path: "spec.suspend" },
  { kind: "job", name: "migrate", body: { spec: { parallelism: 0 } }, path: "spec.parallelism" },
] as const;

const KINDS: Readonly<Record<string, string>> = {
  statefulset: "StatefulSet",
  daemonset: "DaemonSet",
  cronjob: "CronJob",
  job: "Job",
};

describe("a tenant's change", () => {
  test.each(CHANGES)("of $path of the $kind is undone, and told of", async ({ kind, name, body, path }) => {
    const before = JSON.stringify((await look.get(kind, name))?.["spec"]);
    await undone(() => patch(kind, name, body), `${KINDS[kind]}/${name}`, path);
    await until(async () => JSON.stringify((await look.get(kind, name))?.["spec"]) === before, "the spec as before");
  });
});

describe("the immutable copy of a ConfigMap", () => {
  const copy = async (): Promise<KubeObject> => {
    const copies = (await look.list("configmap")).filter(({ metadata }) => metadata.name.startsWith("web.settings."));
    if (copies[0] === undefined || copies.length !== 1) throw new Error(`${copies.length} copies`);
    return copies[0];
  };
  const isBack = (before: KubeObject): Promise<void> =>
    until(async () => {
      const live = await look.get("configmap", before.metadata.name);
      const bare = (object: KubeObject | undefined) =>
        JSON.stringify([
          object?.["data"],
          object?.["immutable"],
          object?.metadata.labels,
          object?.metadata.ownerReferences,
        ]);
      return bare(live) === bare(before);
    }, "the copy as before");

  test("is made anew when it is deleted, case 31", async () => {
    const before = await copy();
    await undone(() => alice(["delete", "configmap", before.metadata.name]), `ConfigMap/${before.metadata.name}`);
    await isBack(before);
  });

  test("gets its marks back when they are taken off", async () => {
    const before = await copy();
    const { name } = before.metadata;
    await undone(() => alice(["label", "configmap", name, "palisade.dev/workload-"]), `ConfigMap/${name}`, "labels");
    await isBack(before);
    await undone(
      () => patch("configmap", name, { metadata: { ownerReferences: null } }, "merge"),
      `ConfigMap/${name}`,
      "ownerReferences",
    );
    await isBack(before);
  });

  test("is made anew when other content stands under its name, case 7", async () => {
    const before = await copy();
    const { name } = before.metadata;
    const forged = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { "app.conf": "listen 9999" } };
    // It is put back faster than anybody forges it: only while no operator runs is there time.
    await palisade.stop();
    await alice(["delete", "configmap", name]);
    await alice(["create", "-f", "-"], forged);
    await undone(
      async () => {
        await palisade.start();
      },
      `ConfigMap/${name}`,
      "drift case 7",
    );
    await isBack(before);
  });
});

test("a policy that selects a label put on a live pod first is deleted, case 40", async () => {
  const [pod] = await podsOf("web");
  const name = "open-tier";
  await alice(["label", "pod", pod?.metadata.name ?? "", "tier=open"]);
  const open = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name },
    spec: {
      podSelector: { matchLabels: { tier: "open" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{}],
      egress: [{}],
    },
  };
  await undone(() => alice(["create", "-f", "-"], open), `Deleted NetworkPolicy/${name}`, "drift case 40");
  expect(await look.get("networkpolicy", name)).toBeUndefined();
});

test("a policy that waits for a label is deleted once a live pod gets it, case 40", async () => {
  const [pod] = await podsOf("db");
  const name = "open-later";
  const open = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name },
    spec: { podSelector: { matchLabels: { later: "open" } }, policyTypes: ["Ingress"], ingress: [{}] },
  };
  await alice(["create", "-f", "-"], open);
  await undone(
    () => alice(["label", "pod", pod?.metadata.name ?? "", "later=open"]),
    `Deleted NetworkPolicy/${name}`,
    "drift case 40",
  );
  expect(field(await look.get("networkpolicy", name), "metadata.name")).toBeUndefined();
});
