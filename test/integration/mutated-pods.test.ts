/**
 * What the API server's admission adds to pods and children, as clouds, meshes and policy engines have it do: pods are left alone and told of once,
 * and what is changed later or made by hand goes as before.
 */

import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { DECLARED_ANNOTATION } from "../../src/crds/group.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { startCluster, type TestCluster, until } from "../cluster/index.ts";
import { isStored, operatorWrites, storedInQuiet } from "../support/audit.ts";
import { clientOf, installPalisade, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { anException } from "../support/exceptions.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import {
  alwaysPull,
  annotateConfigMaps,
  annotateServices,
  gatePods,
  injectEnv,
  injectPodIdentity,
  injectSidecar,
  markUpdates,
  pinImages,
  selectNodes,
} from "../support/mutating.ts";
import { type PaperKubelet, startPaperKubelet } from "../support/paper-kubelet.ts";
import { setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(180_000);

const PULLED = "mutated-pulled";
const TRACED = "mutated-traced";
const POOLED = "mutated-pooled";
const MESHED = "mutated-meshed";
const CLOUD = "mutated-cloud";

const LABELLED = "mutated-services";
const PINNED = "mutated-images";
const CONFIGURED = "mutated-configs";
const REFUSING = "mutated-refusing";
const RESTARTED = "mutated-restarted";
const QUEUED = "mutated-queued";

const palisade = usePalisade({
  namespaces: [PULLED, TRACED, POOLED, MESHED, CLOUD, LABELLED, PINNED, CONFIGURED, REFUSING, RESTARTED, QUEUED],
  kubelet: "all",
  baseline: {},
});
const { cluster } = palisade;

const apply = async (on: TestCluster, ...objects: readonly object[]): Promise<void> => {
  for (const input of objects) await kubectl(on, ["apply", "-f", "-"], { input });
};

/** Obeys `restricted`. */
const SAFE = {
  securityContext: { runAsNonRoot: true, runAsUser: 12_345, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "c",
      image: "registry.example.com/probe:1",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

/** What the API server makes of a pod there, without Palisade. */
async function shown(on: TestCluster, namespace: string): Promise<string> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "probe", namespace },
    spec: SAFE,
  };
  return kubectl(on, ["create", "--dry-run=server", "-o", "json", "-f", "-"], { input: pod });
}

/** Applies a mutating policy and waits until the API server acts on it. */
async function mutate(namespace: string, policies: readonly object[], mark: string): Promise<void> {
  await apply(cluster, ...policies);
  await until(async () => (await shown(cluster, namespace)).includes(mark), "the policy to be in force");
}

const isReady = (on: TestCluster, namespace: string, name: string): Promise<void> =>
  until(
    async () => (await lookAt(on, namespace).condition(name, "Ready"))?.status === "True",
    `${name} to be ready`,
    60_000,
  );

const podsOf = async (on: TestCluster, namespace: string, name: string): Promise<readonly KubeObject[]> =>
  (await lookAt(on, namespace).list("pods", "-l", `palisade.dev/workload=${name}`)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );

/** Pods that the operator deleted or evicted. */
const ended = (on: TestCluster, namespace: string): readonly string[] =>
  operatorWrites(on, namespace)
    .filter(isStored)
    .filter(({ verb, objectRef: { resource, subresource } = { resource: "" } }) =>
      resource === "pods" ? verb.startsWith("delete") || subresource === "eviction" : false,
    )
    .map(({ objectRef }) => objectRef?.name ?? "");

const dryRuns = (on: TestCluster, namespace: string): number =>
  operatorWrites(on, namespace).filter((write) => !isStored(write) && write.objectRef?.resource === "pods").length;

const mutations = async (on: TestCluster, namespace: string, name: string) =>
  field(await lookAt(on, namespace).get("sw", name), "status.podMutations") as
    | { readonly fields: readonly string[]; readonly by: readonly string[] }
    | undefined;

const isTold = (namespace: string, name: string): Promise<void> =>
  until(async () => (await mutations(cluster, namespace, name)) !== undefined, `${name} to tell`);

test("AlwaysPullImages ends no pod, and is told once", async () => {
  await mutate(PULLED, alwaysPull(PULLED), '"imagePullPolicy": "Always"');
  await apply(cluster, aWorkload("web", PULLED, { replicas: 2 }), aWorkload("db", PULLED, { type: "StatefulSet" }));
  await isReady(cluster, PULLED, "web");
  await isReady(cluster, PULLED, "db");
  await settled(cluster);
  expect(ended(cluster, PULLED)).toEqual([]);
  for (const name of ["web", "db"]) {
    await isTold(PULLED, name);
    const { status, message } = (await lookAt(cluster, PULLED).condition(name, "PodsMutated")) ?? {};
    expect(status).toBe("True");
    expect(message).toContain(`spec.containers[name=${name}].imagePullPolicy`);
    expect(message).toContain(`MutatingAdmissionPolicy/${PULLED}-pull`);
    expect((await lookAt(cluster, PULLED).condition(name, "DriftFree"))?.status).toBe("True");
    expect((await mutations(cluster, PULLED, name))?.by).toContain("admission plugin AlwaysPullImages");
  }
  // Once for each of the two templates.
  expect(dryRuns(cluster, PULLED)).toBe(2);
});

describe("an injector that comes after the workload", () => {
  test("ends no pod at the next release, nor when a node is drained", async () => {
    await apply(cluster, aWorkload("web", TRACED, { replicas: 2, env: [{ name: "MODE", value: "a" }] }));
    await apply(cluster, aWorkload("db", TRACED, { type: "StatefulSet" }));
    await isReady(cluster, TRACED, "web");
    await isReady(cluster, TRACED, "db");
    expect(await mutations(cluster, TRACED, "web")).toBeUndefined();
    await mutate(TRACED, injectEnv(TRACED), "DD_TRACE_AGENT_URL");
    await apply(cluster, aWorkload("web", TRACED, { replicas: 2, env: [{ name: "MODE", value: "b" }] }));
    await kubectl(cluster, ["delete", "pod", "db-0", "-n", TRACED]);
    const injected = async (name: string, count: number): Promise<boolean> =>
      (await podsOf(cluster, TRACED, name)).filter((pod) => JSON.stringify(pod).includes("DD_TRACE")).length === count;
    await until(() => injected("web", 2), "the release", 60_000);
    await until(() => injected("db", 1), "the pod again", 60_000);
    await isReady(cluster, TRACED, "web");
    await isReady(cluster, TRACED, "db");
    await settled(cluster);
    await isTold(TRACED, "web");
    expect(ended(cluster, TRACED)).toEqual([]);
    expect((await mutations(cluster, TRACED, "web"))?.fields).toEqual([
      "spec.containers[name=web].env[name=DD_TRACE_AGENT_URL]",
    ]);
  });

  test("does not hide an image that is changed on a live pod, case 21", async () => {
    const [pod] = await podsOf(cluster, TRACED, "web");
    const name = pod?.metadata.name ?? "";
    await kubectl(cluster, ["set", "image", `pod/${name}`, "web=registry.example.com/evil:1", "-n", TRACED], {
      user: "alice",
    });
    await until(
      async () => (await lookAt(cluster, TRACED).corrections()).some((note) => note.includes("drift case 21")),
      "its correction",
    );
    expect(ended(cluster, TRACED)).toEqual([name]);
    await isReady(cluster, TRACED, "web");
  });

  test("does not hide a pod that is made by hand below the ReplicaSet, case 24", async () => {
    const [pod] = await podsOf(cluster, TRACED, "web");
    const { labels = {}, ownerReferences = [] } = pod?.metadata ?? {};
    const spec = JSON.parse(JSON.stringify(pod?.["spec"])) as { nodeName?: string; nodeSelector?: object };
    delete spec.nodeName;
    const forged = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "forged", namespace: TRACED, labels, ownerReferences },
      spec: { ...spec, nodeSelector: { evil: "1" } },
    };
    await kubectl(cluster, ["create", "--field-manager=kube-controller-manager", "-f", "-"], { input: forged });
    await until(async () => (await lookAt(cluster, TRACED).get("pod", "forged")) === undefined, "the pod to go");
  });
});

test("a node selector of the namespace ends no pod", async () => {
  await kubectl(cluster, ["label", "nodes", "--all", "test/pool=general", "--overwrite"]);
  await mutate(POOLED, selectNodes(POOLED, "test/pool", "general"), "test/pool");
  await apply(cluster, aWorkload("web", POOLED, { replicas: 2 }));
  await isReady(cluster, POOLED, "web");
  await settled(cluster);
  await isTold(POOLED, "web");
  expect(ended(cluster, POOLED)).toEqual([]);
  expect((await mutations(cluster, POOLED, "web"))?.fields).toEqual(["spec.nodeSelector[test/pool]"]);
});

test("EKS Pod Identity ends no pod: variables, a mount and a token", async () => {
  await mutate(CLOUD, injectPodIdentity(CLOUD), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  await apply(
    cluster,
    aWorkload("web", CLOUD, { replicas: 2, env: [{ name: "MODE", value: "a" }] }),
    aWorkload("db", CLOUD, { type: "StatefulSet", claims: [{ name: "data", path: "/data", size: "1Gi" }] }),
  );
  await until(async () => (await podsOf(cluster, CLOUD, "db")).length === 1, "the pod of db");
  await isReady(cluster, CLOUD, "web");
  await settled(cluster);
  await isTold(CLOUD, "web");
  await isTold(CLOUD, "db");
  expect(ended(cluster, CLOUD)).toEqual([]);
  expect((await lookAt(cluster, CLOUD).condition("db", "DriftFree"))?.status).toBe("True");
  expect((await mutations(cluster, CLOUD, "web"))?.fields).toEqual([
    "spec.containers[name=web].env[name=AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE]",
    "spec.containers[name=web].env[name=AWS_CONTAINER_CREDENTIALS_FULL_URI]",
    "spec.containers[name=web].volumeMounts[mountPath=/var/run/secrets/pods.eks.amazonaws.com/serviceaccount]",
    "spec.volumes[name=eks-pod-identity-token]",
  ]);
  expect((await mutations(cluster, CLOUD, "db"))?.fields).toHaveLength(4);
});

test("a sidecar ends no pod, and one that is expected is not told", async () => {
  await mutate(MESHED, injectSidecar(MESHED, "proxy"), '"proxy"');
  await apply(cluster, aWorkload("web", MESHED, { replicas: 1 }));
  await isReady(cluster, MESHED, "web");
  await settled(cluster);
  await isTold(MESHED, "web");
  expect(ended(cluster, MESHED)).toEqual([]);
  expect((await mutations(cluster, MESHED, "web"))?.fields).toEqual(["spec.containers[name=proxy]"]);
  await setBaseline(cluster, { injections: { expected: ["container/proxy"] } });
  await until(async () => (await mutations(cluster, MESHED, "web")) === undefined, "the condition to go");
  expect(await lookAt(cluster, MESHED).condition("web", "PodsMutated")).toBeUndefined();
});

const quietly = (namespace: string): Promise<readonly string[]> => storedInQuiet(cluster, namespace);

const annotate = (namespace: string, object: string, ...keys: readonly string[]): Promise<string> =>
  kubectl(cluster, ["annotate", object, "--overwrite", ...keys, "-n", namespace]);

describe("a Service that a cloud annotates", () => {
  const annotations = async (): Promise<Readonly<Record<string, string>>> =>
    (await lookAt(cluster, LABELLED).get("service", "web"))?.metadata.annotations ?? {};
  const NEG = "cloud.google.com/neg";

  test("on every write is ready, keeps the annotation and is not written again", async () => {
    await apply(cluster, ...annotateServices(LABELLED, NEG, '{"ingress":true}'));
    const probe = ["create", "service", "clusterip", "probe", "--tcp=80", "--dry-run=server", "-o", "json"];
    await until(async () => (await kubectl(cluster, [...probe, "-n", LABELLED])).includes(NEG), "the policy");
    await apply(cluster, aWorkload("web", LABELLED));
    await isReady(cluster, LABELLED, "web");
    expect(await quietly(LABELLED)).toEqual([]);
    expect((await annotations())[NEG]).toBe('{"ingress":true}');
  });

  test("later keeps what its controller reports, and loses what decides about the workload", async () => {
    await annotate(LABELLED, "service/web", "cloud.google.com/neg-status={}", "field.cattle.io/publicEndpoints=[]");
    expect(await quietly(LABELLED)).toEqual([]);
    expect(Object.keys(await annotations())).toContain("cloud.google.com/neg-status");
    await annotate(LABELLED, "service/web", "service.cilium.io/global=true");
    await until(async () => !("service.cilium.io/global" in (await annotations())), "the annotation to go");
    await annotate(LABELLED, "serviceaccount/web", "iam.gke.io/gcp-service-account=evil@x.iam.gserviceaccount.com");
    await until(
      async () => !JSON.stringify(await lookAt(cluster, LABELLED).get("serviceaccount", "web")).includes("iam.gke.io"),
      "the identity to go",
    );
  });

  test("with a key of its own is told of once, and ready as soon as the platform team lists the key", async () => {
    await apply(cluster, ...annotateServices(LABELLED, "example.com/team", "shop", "team"));
    await until(
      async () =>
        (
          await kubectl(cluster, [
            ...["create", "service", "clusterip", "probe", "--tcp=80"],
            "--dry-run=server",
            "-o",
            "json",
            "-n",
            LABELLED,
          ])
        ).includes("example.com/team"),
      "the policy",
    );
    await apply(cluster, aWorkload("web", LABELLED, { ports: [{ name: "http", port: 8081 }] }));
    await until(
      async () => (await lookAt(cluster, LABELLED).condition("web", "Ready"))?.reason === "WriteChanged",
      "the condition",
    );
    expect((await lookAt(cluster, LABELLED).condition("web", "Ready"))?.message).toContain("toleratedMetadata");
    expect(await quietly(LABELLED)).toEqual([]);
    await setBaseline(cluster, { toleratedMetadata: ["example.com/"] });
    await isReady(cluster, LABELLED, "web");
    expect(await quietly(LABELLED)).toEqual([]);
  });
});

test("a copy of a ConfigMap that a webhook annotates is not fought over, and told of until the platform team lists the key", async () => {
  const data = { a: "1" };
  await apply(cluster, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: CONFIGURED },
    data,
  });
  await apply(cluster, ...annotateConfigMaps(CONFIGURED, "example.net/team", "shop"));
  const probe = ["create", "configmap", "probe", "--dry-run=server", "-o", "json", "-n", CONFIGURED];
  await until(async () => (await kubectl(cluster, probe)).includes("example.net/team"), "the policy");
  const files = [{ path: "/etc/app", configMap: { name: "settings" } }];
  await apply(cluster, aWorkload("web", CONFIGURED, { replicas: 1, files }));
  const reason = async (): Promise<string | undefined> =>
    (await lookAt(cluster, CONFIGURED).condition("web", "Ready"))?.reason;
  await until(async () => (await reason()) === "WriteChanged", "the condition");
  expect(await quietly(CONFIGURED)).toEqual([]);
  const corrections = await lookAt(cluster, CONFIGURED).corrections();
  expect(corrections).toEqual([]);
  await setBaseline(cluster, { toleratedMetadata: ["example.net/"] });
  await isReady(cluster, CONFIGURED, "web");
  expect(await quietly(CONFIGURED)).toEqual([]);
});

test("a Deployment whose image a webhook pins runs, stays pinned, and takes no other digest", async () => {
  const [ours, evil] = ["a", "e"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
  await apply(cluster, ...pinImages(PINNED, ours));
  await until(
    async () =>
      (
        await kubectl(cluster, [
          "create",
          "deployment",
          "probe",
          "--image=x:1",
          "--dry-run=server",
          "-o",
          "json",
          "-n",
          PINNED,
        ])
      ).includes(ours),
    "the policy",
  );
  await apply(cluster, aWorkload("web", PINNED, { replicas: 1 }));
  await isReady(cluster, PINNED, "web");
  expect(await quietly(PINNED)).toEqual([]);
  const image = async (): Promise<unknown> =>
    field(await lookAt(cluster, PINNED).get("deployment", "web"), "spec.template.spec.containers.0.image");
  expect(await image()).toContain(ours);
  expect(ended(cluster, PINNED)).toEqual([]);
  expect((await lookAt(cluster, PINNED).condition("web", "PodsMutated"))?.message).toContain("Deployment/web");
  const pinned = await image();
  const other = String(pinned).replace(ours, evil);
  await kubectl(cluster, ["set", "image", "deployment/web", `web=${other}`, "-n", PINNED]);
  await until(async () => (await image()) === pinned, "the image to be put back");
});

describe("with the admission policies in force", () => {
  let guarded: RunningPalisade | undefined;
  const start = async (): Promise<void> => {
    guarded = await runPalisade(cluster, { admission: ADMISSION_POLICIES });
  };
  const stop = async (): Promise<void> => {
    await guarded?.stop();
    guarded = undefined;
  };
  const settledIn = async (namespace: string, name: string): Promise<void> => {
    await isReady(cluster, namespace, name);
    await settled(cluster);
  };

  beforeAll(async () => {
    await palisade.stop();
    await start();
    await untilPoliciesStand(cluster);
  }, 120_000);

  afterAll(stop);

  test("pods from before them stay, and new ones are explained", async () => {
    await settledIn(PULLED, "web");
    expect(ended(cluster, PULLED)).toEqual([]);
    await kubectl(cluster, ["delete", "pods", "--all", "-n", PULLED, "--wait=false"]);
    await until(async () => (await podsOf(cluster, PULLED, "web")).length === 2, "new pods", 60_000);
    await settledIn(PULLED, "web");
    await settledIn(PULLED, "db");
    expect(ended(cluster, PULLED)).toEqual([]);
    expect((await lookAt(cluster, PULLED).condition("web", "PodsMutated"))?.status).toBe("True");
  });

  test("a cloud's controller may report on a Service, and nobody may write what decides", async () => {
    const set = async (key: string): Promise<number> =>
      (await cluster.kubectl(["annotate", "service/web", `${key}=x`, "--overwrite", "-n", LABELLED])).code;
    await setBaseline(cluster, { toleratedMetadata: ["example.com/", "example.net/"] });
    expect(await set("cloud.google.com/neg-status")).toBe(0);
    await until(async () => (await set("example.com/reported")) === 0, "the list on the namespace");
    expect(await set("service.cilium.io/global")).not.toBe(0);
    expect(await set("palisade.dev/any")).not.toBe(0);
    const account = await cluster.kubectl(["annotate", "serviceaccount/web", "example.com/a=b", "-n", LABELLED]);
    expect(account.code).not.toBe(0);
  });

  test("a pod that waits for a scheduling gate is told, and runs when its controller takes the gate off", async () => {
    const gate = "kueue.x-k8s.io/admission";
    await mutate(QUEUED, gatePods(QUEUED, gate), gate);
    await apply(cluster, aWorkload("web", QUEUED, { replicas: 1 }));
    const { condition } = lookAt(cluster, QUEUED);
    await until(
      async () => (await condition("web", "Ready"))?.message?.includes(`scheduling gates ${gate}`) === true,
      "the gate to be told",
    );
    const [pod] = await podsOf(cluster, QUEUED, "web");
    const patch = { metadata: { labels: { "kueue.x-k8s.io/podset": "main" } }, spec: { schedulingGates: null } };
    await kubectl(cluster, ["patch", "pod", pod?.metadata.name ?? "", "-n", QUEUED, "-p", JSON.stringify(patch)], {
      user: "admin",
    });
    await settledIn(QUEUED, "web");
    expect(ended(cluster, QUEUED)).toEqual([]);
    expect(await condition("web", "PodsMutated")).toBeUndefined();
  });

  test("a restart goes through where the cluster's own admission changes it, and nothing beside it", async () => {
    const ours = `sha256:${"a".repeat(64)}`;
    const look = lookAt(cluster, RESTARTED);
    const attempt = async (...args: readonly string[]): Promise<string> =>
      (await cluster.kubectl([...args, "-n", RESTARTED], { user: "admin" })).stderr;
    const restart = (): Promise<string> => attempt("rollout", "restart", "deployment/web");
    await apply(cluster, aWorkload("web", RESTARTED, { replicas: 1 }));
    await isReady(cluster, RESTARTED, "web");
    await apply(cluster, ...pinImages(RESTARTED, ours, ["UPDATE"]), ...markUpdates(RESTARTED));
    const marks = async (): Promise<Readonly<Record<string, string>>> =>
      (await look.get("namespace", RESTARTED))?.metadata.annotations ?? {};
    await until(async () => (await marks())["palisade.dev/rewritten"]?.includes(",Deployment,") === true, "the mark");
    const image = async (): Promise<string> =>
      String(field(await look.get("deployment", "web"), "spec.template.spec.containers.0.image"));
    const team = async (): Promise<string | undefined> =>
      (await look.get("deployment", "web"))?.metadata.labels?.["team"];
    await until(
      async () => (await restart()) === "" && (await image()).includes(ours) && (await team()) === "shop",
      "a restart that is changed",
    );
    expect(await quietly(RESTARTED)).toEqual([]);
    expect(await image()).toContain(ours);
    expect(await team()).toBe("shop");
    expect(await restart()).toBe("");
    const other = (await image()).replace(ours, `sha256:${"e".repeat(64)}`);
    expect(await attempt("set", "image", "deployment/web", `web=${other}`)).toContain("palisade-owned-objects");
    const evil = {
      metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now", "sidecar.istio.io/inject": "no" } },
    };
    const args = ["patch", "deployment", "web", "--type=merge", "-p", JSON.stringify({ spec: { template: evil } })];
    expect(await attempt(...args)).toContain("palisade-owned-objects");
  });

  describe("where injections are refused", () => {
    const refuse = (expected: readonly string[] = []): Promise<void> =>
      setBaseline(cluster, { injections: { expected }, namespaces: [{ name: REFUSING, injections: "Refuse" }] });
    const WORKLOADS = [
      aWorkload("web", REFUSING, {
        replicas: 2,
        env: [{ name: "MODE", value: "a" }],
      }),
      aWorkload("db", REFUSING, { type: "StatefulSet", claims: [{ name: "data", path: "/data", size: "1Gi" }] }),
      aWorkload("agent", REFUSING, { type: "DaemonSet", scratch: [{ path: "/tmp" }] }),
      aWorkload("run", REFUSING, { type: "Job", ports: [], args: ["a", "b"] }),
    ];

    test("pods as their template says run, of every type", async () => {
      await refuse();
      await apply(cluster, ...WORKLOADS);
      for (const [name, count] of [
        ["web", 2],
        ["db", 1],
        ["agent", 1],
        ["run", 1],
      ] as const)
        await until(async () => (await podsOf(cluster, REFUSING, name)).length >= count, `pods of ${name}`, 60_000);
      const [pod] = await podsOf(cluster, REFUSING, "web");
      expect(pod?.metadata.annotations?.[DECLARED_ANNOTATION]).toContain("env/MODE web");
    });

    test("a pod that carries more is not created, while no operator runs, and running ones stay", async () => {
      await isReady(cluster, REFUSING, "web");
      const before = await podsOf(cluster, REFUSING, "web");
      await stop();
      await apply(cluster, ...injectEnv(REFUSING));
      // Nobody may try it there; the API server takes up what is new all at once.
      await apply(cluster, ...injectEnv("default", "PROBE"));
      await until(async () => (await shown(cluster, "default")).includes("PROBE"), "the injector");
      const [victim] = before;
      await kubectl(cluster, ["delete", "pod", victim?.metadata.name ?? "", "-n", REFUSING]);
      const conditions = async (): Promise<string> =>
        JSON.stringify(field(await lookAt(cluster, REFUSING).get("deployment", "web"), "status.conditions"));
      await until(
        async () =>
          JSON.stringify(await lookAt(cluster, REFUSING).get("deployment", "web")).includes("refuses injections"),
        "the refusal",
      );
      expect(await conditions()).toContain("(env)");
      expect((await podsOf(cluster, REFUSING, "web")).map(({ metadata }) => metadata.uid)).toEqual(
        before.slice(1).map(({ metadata }) => metadata.uid),
      );
      await start();
      await until(
        async () => (await lookAt(cluster, REFUSING).condition("web", "Ready"))?.reason === "PodsRefused",
        "the condition",
      );
      expect(ended(cluster, REFUSING)).toEqual([]);
    });

    test("one that carries what is expected is created", async () => {
      await refuse(["env/DD_*"]);
      await until(async () => (await podsOf(cluster, REFUSING, "web")).length === 2, "the pod", 90_000);
    });
  });
});

describe("plugins of the API server itself", () => {
  const OWN = "mutated-by-plugins";
  let own: TestCluster;
  let running: RunningPalisade | undefined;
  let kubelet: PaperKubelet | undefined;
  let close: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    own = await startCluster({
      components: ["controller-manager", "scheduler"],
      admissionPlugins: ["AlwaysPullImages", "PodNodeSelector", "ExtendedResourceToleration"],
    });
    await installPalisade(own);
    const used = await clientOf(own);
    close = used.close;
    kubelet = await startPaperKubelet(own, used.client);
    await kubectl(own, ["label", "nodes", "--all", "test/pool=general"]);
    running = await runPalisade(own);
  }, 180_000);

  afterAll(async () => {
    await running?.stop();
    await kubelet?.stop();
    await close?.();
    await own?.stop();
  }, 60_000);

  test("end no pod: AlwaysPullImages, PodNodeSelector, and LimitRanger beside a lifted rule", async () => {
    const annotations = { "scheduler.alpha.kubernetes.io/node-selector": "test/pool=general" };
    await apply(
      own,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: OWN, annotations } },
      {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "defaults", namespace: OWN },
        spec: { limits: [{ type: "Container", default: { cpu: "2" }, defaultRequest: { cpu: "20m" } }] },
      },
      aWorkload("web", OWN, { replicas: 2 }),
    );
    const workload = { namespace: OWN, name: "web" };
    await apply(own, anException("unlimited", { workload, lifts: ["resource-limits"] }));
    const limited = async (): Promise<boolean> =>
      (await podsOf(own, OWN, "web")).every(
        (pod) => JSON.stringify(field(pod, "spec.containers.0.resources.limits")) === '{"cpu":"2"}',
      );
    await until(limited, "the pods without limits of their own", 60_000);
    await isReady(own, OWN, "web");
    await settled(own);
    expect(ended(own, OWN)).toEqual([]);
    const { fields = [], by = [] } = (await mutations(own, OWN, "web")) ?? {};
    expect(fields).toContain("spec.containers[name=web].imagePullPolicy");
    expect(fields).toContain("spec.nodeSelector[test/pool]");
    expect(fields).toContain("spec.containers[name=web].resources");
    expect(by).toEqual(
      ["AlwaysPullImages", "LimitRanger", "PodNodeSelector"].map((plugin) => `admission plugin ${plugin}`),
    );
    expect(JSON.stringify(await podsOf(own, OWN, "web"))).toContain('"imagePullPolicy":"Always"');
  });
});
