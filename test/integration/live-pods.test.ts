/**
 * What is done to live pods, and to what leads to them: each is undone and told of with its case; and what happens to pods every day
 * is no drift at all. A kubelet on paper speaks for the node, so that rollouts go on.
 */

import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(180_000);

const namespace = uniqueNamespace("live-pods");

const alice = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], { user: "alice", ...(input === undefined ? {} : { input }) });
const admin = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], input === undefined ? {} : { input });

const palisade = usePalisade({ namespaces: [namespace], kubelet: { namespace } });
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

beforeAll(async () => {
  await alice(["apply", "-f", "-"], aWorkload("web", namespace, { replicas: 2 }));
  await alice(["apply", "-f", "-"], aWorkload("db", namespace, { type: "StatefulSet" }));
  await alice(
    ["apply", "-f", "-"],
    aWorkload("nightly", namespace, { type: "CronJob", schedule: { cron: "0 3 1 1 *" }, ports: [] }),
  );
  await until(async () => (await podsOf("web")).length === 2 && (await podsOf("db")).length === 1, "the pods");
  await isReady("web");
  await isReady("db");
});

const isReady = (name: string): Promise<void> =>
  until(async () => (await look.condition(name, "Ready"))?.reason === "Running", `${name} to run`, 60_000);

const podsOf = async (name: string): Promise<readonly KubeObject[]> =>
  (await look.list("pod", "-l", `palisade.dev/workload=${name}`)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );

/** A pod of the workload's, once all of them run. */
async function aPod(name = "web"): Promise<KubeObject> {
  await isReady(name);
  const [pod] = await podsOf(name);
  if (pod === undefined) throw new Error(`${name} has no pod`);
  return pod;
}

/** Does it, and waits for the one Event more that names each of these words. */
async function undone(what: () => Promise<unknown>, ...words: readonly string[]): Promise<void> {
  const telling = async () => (await look.corrections()).filter((note) => words.every((word) => note.includes(word)));
  const before = (await telling()).length;
  await what();
  try {
    await until(async () => (await telling()).length > before, `an Event with ${words.join(", ")}`);
  } catch (error) {
    throw new Error(`${String(error)}; there are:\n${(await look.corrections()).join("\n")}`);
  }
}

const gone = ({ metadata }: KubeObject): Promise<void> =>
  until(async () => (await look.get("pod", metadata.name))?.metadata.uid !== metadata.uid, "the pod to go");

const patch = (kind: string, name: string, body: unknown, type = "merge", ...more: readonly string[]) => [
  "patch",
  kind,
  name,
  `--type=${type}`,
  "-p",
  JSON.stringify(body),
  ...more,
];

/** A pod spec that the namespace takes. */
const safeSpec = (changes: object = {}): object => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 12_345, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "miner",
      image: "registry.example.com/miner:1",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
  ...changes,
});

const object = (apiVersion: string, kind: string, name: string, body: object, labels = {}) => ({
  apiVersion,
  kind,
  metadata: { name, labels },
  ...body,
});

test("what happens to pods every day is no drift", async () => {
  const before = await look.corrections();
  const uids = (await podsOf("web")).map(({ metadata }) => metadata.uid);
  await admin(["delete", "deployment", "web", "--cascade=orphan"]);
  await until(async () => (await look.get("deployment", "web")) !== undefined, "the Deployment again");
  await isReady("web");
  expect((await podsOf("web")).map(({ metadata }) => metadata.uid)).toEqual(uids);
  await alice(["rollout", "restart", "deployment", "web"]);
  await alice(["rollout", "restart", "statefulset", "db"]);
  await alice(["create", "job", "--from=cronjob/nightly", "by-hand"]);
  await alice(["rollout", "status", "deployment", "web", "--timeout=60s"]);
  await alice(["scale", "sw", "web", "--replicas=4"]);
  await until(async () => (await podsOf("web")).length === 4, "four pods");
  const [one, other] = await podsOf("web");
  await alice(["delete", "pod", one?.metadata.name ?? "", "--wait=false"]);
  const eviction = object("policy/v1", "Eviction", other?.metadata.name ?? "", {});
  const path = `/api/v1/namespaces/${namespace}/pods/${other?.metadata.name}/eviction`;
  await isReady("web");
  const input = JSON.stringify({ ...eviction, metadata: { name: other?.metadata.name, namespace } });
  // The budget hears a moment later that the pods are ready.
  const isEvicted = async () => (await cluster.kubectl(["create", "--raw", path, "-f", "-"], { input })).code === 0;
  await until(isEvicted, "the eviction");
  await alice(patch("sw", "web", { spec: { terminationGracePeriodSeconds: 40 } }));
  await alice(["scale", "sw", "web", "--replicas=2"]);
  await until(
    async () => (await podsOf("web")).every((pod) => field(pod, "spec.terminationGracePeriodSeconds") === 40),
    "the rollout",
    60_000,
  );
  await isReady("web");
  await isReady("db");
  await settled(cluster);
  const told = (await look.corrections()).slice(before.length);
  expect(told.filter((note) => !note.startsWith("Recreated Deployment/web"))).toEqual([]);
});

describe("a change of a live pod", () => {
  test("of its image is case 21, and names who wrote it", async () => {
    const pod = await aPod();
    const { name } = pod.metadata;
    await undone(
      () => alice(["set", "image", `pod/${name}`, "web=registry.example.com/evil:1"]),
      `Deleted Pod/${name}`,
      "drift case 21",
      "containers[name=web].image",
      "by kubectl-set",
    );
    await gone(pod);
  });

  test("that tolerates every taint is case 14", async () => {
    const pod = await aPod("db");
    const tolerations = [...(field(pod, "spec.tolerations") as readonly object[]), { operator: "Exists" }];
    await undone(
      () => alice(patch("pod", pod.metadata.name, { spec: { tolerations } })),
      `Deleted Pod/${pod.metadata.name}`,
      "drift case 14",
    );
    await gone(pod);
  });

  test("that adds an ephemeral container is case 3", async () => {
    const pod = await aPod();
    const { name } = pod.metadata;
    const image = "--image=registry.example.com/sh:1";
    await undone(
      () => admin(["debug", `pod/${name}`, image, "--profile=restricted", "--attach=false", "-q"]),
      `Deleted Pod/${name}`,
      "drift case 3",
      "ephemeralContainers",
    );
    await gone(pod);
  });

  test.each([
    { title: "takes its label off", label: "palisade.dev/workload-", words: [] },
    { title: "gives it another workload's label", label: "palisade.dev/workload=db", words: ["by kubectl-label"] },
  ])("that $title is case 22", async ({ label, words }) => {
    const pod = await aPod();
    await undone(
      () => alice(["label", "pod", pod.metadata.name, "--overwrite", label]),
      `Deleted Pod/${pod.metadata.name}`,
      "drift case 22",
      ...words,
    );
    await gone(pod);
  });

  test("is undone when it was made while no operator ran", async () => {
    const pod = await aPod();
    await palisade.stop();
    await alice(["label", "pod", pod.metadata.name, "palisade.dev/workload-"]);
    await until(
      async () => (await look.get("pod", pod.metadata.name))?.metadata.ownerReferences === undefined,
      "its release",
    );
    await undone(
      async () => {
        await palisade.start();
      },
      `Deleted Pod/${pod.metadata.name}`,
      "drift case 22",
    );
    await gone(pod);
  });
});

test("a pod that a node runs from a file of its own is told of, and left, case 86", async () => {
  const mirror = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "etcd-paper",
      labels: { "palisade.dev/workload": "web" },
      annotations: { "kubernetes.io/config.mirror": "1", "kubernetes.io/config.hash": "1" },
    },
    spec: safeSpec({ nodeName: "paper" }),
  };
  await admin(["create", "-f", "-"], mirror);
  await until(async () => (await look.condition("web", "StaticPods"))?.status === "True", "the condition");
  expect((await look.condition("web", "StaticPods"))?.message).toContain("etcd-paper");
  await admin(["delete", "pod", "etcd-paper", "--force", "--grace-period=0"]);
  await until(async () => (await look.condition("web", "StaticPods")) === undefined, "the condition to go");
});

describe("what makes pods", () => {
  test("under the workload's ServiceAccount is deleted with its pods, case 26", async () => {
    const labels = { app: "miner" };
    const template = { metadata: { labels }, spec: safeSpec({ serviceAccountName: "web" }) };
    const miner = object("apps/v1", "Deployment", "miner", {
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    });
    await undone(() => alice(["create", "-f", "-"], miner), "Deleted Deployment/miner", "drift case 26", "by kubectl");
    await until(async () => (await look.list("pod", "-l", "app=miner")).length === 0, "its pods to go");
    const cron = object("batch/v1", "CronJob", "miner", {
      spec: {
        schedule: "* * * * *",
        jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
      },
    });
    await undone(() => alice(["create", "-f", "-"], cron), "Deleted CronJob/miner", "drift case 26");
  });

  test("that bear the workload's label is deleted, case 24", async () => {
    const template = {
      metadata: { labels: { "palisade.dev/workload": "web" } },
      spec: safeSpec({ restartPolicy: "Never" }),
    };
    const job = object("batch/v1", "Job", "poser", { spec: { template } }, { "palisade.dev/workload": "web" });
    await undone(() => alice(["create", "-f", "-"], job), "Deleted Job/poser", "drift case 24");
  });

  test("a pod alone under the workload's ServiceAccount is deleted, case 26", async () => {
    const pod = object("v1", "Pod", "lonely", { spec: safeSpec({ serviceAccountName: "web" }) });
    await undone(() => alice(["create", "-f", "-"], pod), "Deleted Pod/lonely", "drift case 26");
  });

  test("a pod that its ReplicaSet left behind is deleted, case 36", async () => {
    const pod = await aPod();
    const [set] = pod.metadata.ownerReferences ?? [];
    await undone(
      () => alice(["delete", "replicaset", set?.name ?? "", "--cascade=orphan"]),
      "Deleted Pod/web-",
      "drift case 36",
    );
    await isReady("web");
  });

  test("a ReplicaSet that is edited goes with its pods, case 20", async () => {
    const [set] = (await aPod()).metadata.ownerReferences ?? [];
    const evil = {
      spec: { template: { spec: { containers: [{ name: "web", image: "registry.example.com/evil:1" }] } } },
    };
    await undone(
      () => alice(patch("replicaset", set?.name ?? "", evil, "strategic")),
      `Deleted ReplicaSet/${set?.name}`,
      "drift case 20",
    );
    await isReady("web");
    expect((await podsOf("web")).filter((pod) => JSON.stringify(pod).includes("evil"))).toEqual([]);
  });

  test("pods of a weakened template go at once when it is put right, though they may take a year, cases 19 and 83", async () => {
    await isReady("web");
    await palisade.stop();
    const container = { name: "web", image: "registry.example.com/evil:1" };
    const weak = {
      spec: { template: { spec: { containers: [container], terminationGracePeriodSeconds: 31_536_000 } } },
    };
    await alice(patch("deployment", "web", weak, "strategic"));
    const weakPods = async () => (await podsOf("web")).filter((pod) => JSON.stringify(pod["spec"]).includes("evil"));
    await until(async () => (await weakPods()).length === 2, "weak pods", 60_000);
    const [one] = await weakPods();
    await undone(
      async () => {
        await palisade.start();
      },
      `Deleted ReplicaSet/${one?.metadata.ownerReferences?.[0]?.name}`,
      "drift case 19",
    );
    await until(async () => (await look.corrections()).some((note) => note.includes("drift case 83")), "an Event");
    const names = (await look.list("pod")).filter((pod) => JSON.stringify(pod["spec"]).includes("evil"));
    await Promise.all(names.map(gone));
    await isReady("web");
  });
});

describe("what leads to the pods", () => {
  const service = (name: string, spec: object) => object("v1", "Service", name, { spec });
  const selector = { "app.kubernetes.io/name": "web" };
  const ports = [{ port: 9_999 }];

  test.each([
    { title: "as a NodePort", driftCase: 44, body: service("open", { type: "NodePort", selector, ports }) },
    {
      title: "from external addresses",
      driftCase: 45,
      body: service("outside", { selector, ports, externalIPs: ["203.0.113.7"] }),
    },
    { title: "on a debug port", driftCase: 46, body: service("debug", { selector, ports }) },
    {
      title: "by another name",
      driftCase: 48,
      body: service("alias", { type: "ExternalName", externalName: `web.${namespace}.svc.cluster.local` }),
    },
  ])("a Service $title is deleted, case $driftCase", async ({ body, driftCase }) => {
    const name = body.metadata.name;
    await undone(() => alice(["create", "-f", "-"], body), `Deleted Service/${name}`, `drift case ${driftCase})`);
    expect(await look.get("service", name)).toBeUndefined();
  });

  test("a Service of something else stays", async () => {
    await alice(["create", "-f", "-"], service("other", { selector: { app: "other" }, ports }));
    await settled(cluster);
    expect(await look.get("service", "other")).toBeDefined();
  });

  const slice = (name: string, of: string, address: string) =>
    object(
      "discovery.k8s.io/v1",
      "EndpointSlice",
      name,
      { addressType: "IPv4", endpoints: [{ addresses: [address] }], ports: [{ name: "http", port: 8_080 }] },
      { "kubernetes.io/service-name": of },
    );

  test("an EndpointSlice that takes the Service's traffic is deleted, case 50", async () => {
    await undone(
      () => admin(["create", "-f", "-"], slice("thief", "web", "10.9.9.9")),
      "Deleted EndpointSlice/thief",
      "drift case 50",
    );
  });

  test("one that leads another Service to a pod is deleted, and so are Endpoints that are mirrored, case 50", async () => {
    const pod = await aPod();
    const ip = "10.244.7.7";
    await admin(
      patch("pod", pod.metadata.name, { status: { podIP: ip, podIPs: [{ ip }] } }, "merge", "--subresource=status"),
    );
    await undone(
      () => admin(["create", "-f", "-"], slice("back-door", "nobodys", ip)),
      "Deleted EndpointSlice/back-door",
      "drift case 50",
    );
    await admin(["create", "-f", "-"], service("hand-made", { ports: [{ port: 80 }] }));
    const endpoints = object("v1", "Endpoints", "hand-made", {
      subsets: [{ addresses: [{ ip }], ports: [{ port: 8_080 }] }],
    });
    await undone(() => admin(["create", "-f", "-"], endpoints), "Deleted Endpoints/hand-made", "drift case 50");
  });

  test("a PodDisruptionBudget of somebody else's over the pods is deleted, case 29", async () => {
    const budget = object("policy/v1", "PodDisruptionBudget", "stuck", {
      spec: { maxUnavailable: 0, selector: { matchLabels: { "palisade.dev/workload": "web" } } },
    });
    await undone(() => admin(["create", "-f", "-"], budget), "Deleted PodDisruptionBudget/stuck", "drift case 29");
  });
});

test("a pod that waited with the label of a workload to come is deleted when it comes, case 24", async () => {
  const other = uniqueNamespace("first-look");
  await kubectl(cluster, ["create", "namespace", other]);
  const pod = object("v1", "Pod", "early", { spec: safeSpec() }, { "palisade.dev/workload": "late" });
  await kubectl(cluster, ["create", "-n", other, "-f", "-"], { input: pod });
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("late", other) });
  await until(async () => (await lookAt(cluster, other).get("pod", "early")) === undefined, "the pod to go");
});

describe("a workload that is deleted", () => {
  const kubectlIn = (of: string, args: readonly string[], input?: object): Promise<string> =>
    kubectl(cluster, [...args, "-n", of], input === undefined ? {} : { input });

  const withPod = async (prefix: string): Promise<{ readonly home: string; readonly pod: string }> => {
    const home = uniqueNamespace(prefix);
    await kubectl(cluster, ["create", "namespace", home]);
    await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("solo", home) });
    await until(async () => (await lookAt(cluster, home).list("pod")).length === 1, "its pod");
    const [pod] = await lookAt(cluster, home).list("pod");
    return { home, pod: pod?.metadata.name ?? "" };
  };

  /** No kubelet speaks for them. */
  const endPods = async (home: string): Promise<void> => {
    await kubectlIn(home, ["delete", "pod", "--all", "--force", "--grace-period=0"]);
    await until(async () => (await lookAt(cluster, home).list("pod")).length === 0, "the pods to go");
  };

  test("leaves the default deny, which is guarded with its pods there and without, case 37", async () => {
    const { home, pod } = await withPod("leaving");
    const deny = () => lookAt(cluster, home).get("networkpolicy", "palisade-default-deny");
    const hold = (finalizers: readonly string[] | null) =>
      kubectlIn(home, patch("pod", pod, { metadata: { finalizers } }));
    await hold(["example.com/hold"]);
    await kubectlIn(home, ["delete", "sw", "solo"]);
    await until(async () => (await lookAt(cluster, home).get("deployment", "solo")) === undefined, "it to go", 90_000);
    const before = (await deny())?.metadata.uid;
    expect(before).toBeDefined();
    await kubectlIn(home, ["delete", "networkpolicy", "palisade-default-deny"]);
    await until(async () => ![undefined, before].includes((await deny())?.metadata.uid), "the default deny again");
    await hold(null);
    await endPods(home);
    const last = (await deny())?.metadata.uid;
    await kubectlIn(home, ["delete", "networkpolicy", "palisade-default-deny"]);
    await until(async () => ![undefined, last].includes((await deny())?.metadata.uid), "the default deny once more");
  });

  test("without its children takes them along all the same after a minute, case 36", async () => {
    const { home } = await withPod("orphaned");
    await kubectlIn(home, ["delete", "sw", "solo", "--cascade=orphan"]);
    expect((await lookAt(cluster, home).get("deployment", "solo"))?.metadata.ownerReferences).toBeUndefined();
    await until(
      async () => (await lookAt(cluster, home).get("deployment", "solo")) === undefined,
      "the Deployment to go",
      120_000,
    );
    expect(await lookAt(cluster, home).get("networkpolicy", "solo")).toBeDefined();
    await endPods(home);
    for (const kind of ["service", "networkpolicy", "serviceaccount"])
      await until(
        async () => (await lookAt(cluster, home).list(kind, "-l", "palisade.dev/workload=solo")).length === 0,
        `every ${kind} to go`,
      );
  });
});
