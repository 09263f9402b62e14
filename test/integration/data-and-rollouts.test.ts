/** Pods that are refused, rollouts that stand still, and data that outlives both, for every type of workload on a real API server. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { objectsOf } from "../support/yaml-files.ts";

const REFUSED = "refused";
const ONE_DISK = "one-disk";
const STALLED = "stalled";
const GROWING = "growing";
const UNPULLABLE = "registry.example.com/shop/unpullable:1";

const palisade = usePalisade({
  namespaces: [REFUSED, ONE_DISK, STALLED, GROWING],
  kubelet: "all",
  admission: ADMISSION_POLICIES,
});
const { cluster, kubelet } = palisade;
let stalledSince: unknown;

/** What waits for minutes waits while the other tests run. */
beforeAll(async () => {
  kubelet.fates.set(UNPULLABLE, { reason: "ImagePullBackOff" });
  await applyCase("stalled-rollouts");
  for (const name of STALLING) await becomes(STALLED, name, "False Progressing");
  // Its pod is there: nothing more will get better.
  const { get } = lookAt(cluster, STALLED);
  await until(async () => field(await get("sw", "db"), "status.updatedReplicas") === 1, "the pod of the database");
  stalledSince = await since("db");
  await palisade.restart();
  await applyCase("pods-refused");
}, 180_000);

const STALLING = ["web", "db", "agent", "migrate"];

/** When the rollout of a workload last got further, as the status records it. */
const since = async (name: string): Promise<unknown> =>
  field(await lookAt(cluster, STALLED).get("sw", name), "status.rollout.since");

const caseFile = (name: string): readonly KubeObject[] =>
  objectsOf(readFileSync(join(import.meta.dirname, "..", "cases", `${name}.yaml`), "utf8"));

const apply = (input: object): Promise<string> => kubectl(cluster, ["apply", "-f", "-"], { input });

async function applyCase(name: string): Promise<void> {
  for (const object of caseFile(name)) await apply(object);
}

/** `False PodsRefused`, with `stalled` where kstatus is told so. */
async function stands(namespace: string, name: string): Promise<string> {
  const { condition } = lookAt(cluster, namespace);
  const [ready, stalled] = await Promise.all([condition(name, "Ready"), condition(name, "Stalled")]);
  return `${ready?.status} ${ready?.reason}${stalled?.status === "True" ? " stalled" : ""}`;
}

async function becomes(namespace: string, name: string, what: string, withinMs = 60_000): Promise<string> {
  let last = "";
  await until(
    async () => {
      last = await stands(namespace, name);
      return last === what;
    },
    `${name} to be ${what}`,
    withinMs,
  ).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}: it is ${last}: ${(await lookAt(cluster, namespace).condition(name, "Ready"))?.message}`,
    );
  });
  return (await lookAt(cluster, namespace).condition(name, "Ready"))?.message ?? "";
}

test("what refuses pods is told in the API server's words for every type, once, and every type goes on by itself", async () => {
  for (const name of ["web", "db", "agent", "migrate", "nightly"]) {
    const message = await becomes(REFUSED, name, "False PodsRefused", 100_000);
    expect(message).toContain("exceeded quota: none");
    expect(message).not.toMatch(/-[bcdfghjklmnpqrstvwxz2456789]{5}"|used:/);
  }

  await settled(cluster);
  const written = operatorWrites(cluster, REFUSED).filter(({ objectRef }) => objectRef?.name !== "nightly").length;
  // Long enough for several tries of each controller, and for the operator to ask again.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await settled(cluster);
  const later = operatorWrites(cluster, REFUSED).filter(({ objectRef }) => objectRef?.name !== "nightly").length;
  expect(later).toBe(written);

  await kubectl(cluster, ["delete", "quota", "none", "-n", REFUSED]);
  await becomes(REFUSED, "web", "True Running", 150_000);
  await becomes(REFUSED, "db", "True Running", 150_000);
  await becomes(REFUSED, "agent", "True Running", 150_000);
  await becomes(REFUSED, "migrate", "False Progressing", 150_000);
  await becomes(REFUSED, "nightly", "True Scheduled", 150_000);
}, 600_000);

test("claims that a quota refuses are told too", async () => {
  await apply({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "no-claims", namespace: REFUSED },
    spec: { hard: { persistentvolumeclaims: "0" } },
  });
  await apply({
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecureWorkload",
    metadata: { name: "store", namespace: REFUSED },
    spec: {
      type: "StatefulSet",
      image: "registry.example.com/shop/web:1.4.2",
      claims: [{ name: "data", path: "/data", size: "1Gi" }],
    },
  });
  expect(await becomes(REFUSED, "store", "False PodsRefused")).toContain("exceeded quota: no-claims");
}, 120_000);

test("one pod that writes a claim of its own is replaced, not surged", async () => {
  await applyCase("terminate-first");
  await becomes(ONE_DISK, "notes", "True Running");
  const patch = (spec: object): Promise<string> =>
    kubectl(cluster, ["patch", "sw", "notes", "-n", ONE_DISK, "--type=merge", "-p", JSON.stringify({ spec })]);

  await patch({ env: [{ name: "VERSION", value: "2" }] });

  const { list, get } = lookAt(cluster, ONE_DISK);
  let most = 0;
  await until(async () => {
    const pods = await list("pod");
    most = Math.max(most, pods.length);
    return pods.length === 1 && field(pods[0], "spec.containers.0.env.0.value") === "2";
  }, "the successor to be the only pod");
  expect(most).toBe(1);
  expect(field(await get("deployment", "notes"), "spec.strategy.type")).toBe("Recreate");
  await becomes(ONE_DISK, "notes", "True Running");

  // What others say to the same end.
  await patch({ env: [{ name: "VERSION", value: "3" }], rollout: { maxSurge: 0, maxUnavailable: 1 } });
  await until(async () => {
    const pods = await list("pod");
    return pods.length === 1 && field(pods[0], "spec.containers.0.env.0.value") === "3";
  }, "the next successor");
  await becomes(ONE_DISK, "notes", "True Running");
}, 180_000);

test("a change of type never lets two pods write one claim", async () => {
  const { list } = lookAt(cluster, ONE_DISK);
  const patch = JSON.stringify({ spec: { type: "StatefulSet", rollout: null } });
  await kubectl(cluster, ["patch", "sw", "notes", "-n", ONE_DISK, "--type=merge", "-p", patch]);
  let most = 0;
  await until(async () => {
    const pods = await list("pod");
    most = Math.max(most, pods.length);
    return pods.some(({ metadata }) => metadata.name === "notes-0");
  }, "the pod of the StatefulSet");
  await becomes(ONE_DISK, "notes", "True Running");
  expect(most).toBe(1);
  expect(await lookAt(cluster, ONE_DISK).get("deployment", "notes")).toBeUndefined();
  // Its pods ended by themselves, with the time that they are given.
  expect(await lookAt(cluster, ONE_DISK).corrections()).toEqual([]);
}, 120_000);

const volume = (name: string, storageClassName: string, storage = "1Gi"): object => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name },
  spec: { capacity: { storage }, accessModes: ["ReadWriteOnce"], storageClassName, hostPath: { path: `/${name}` } },
});

const podsOf = async (name: string): Promise<readonly KubeObject[]> =>
  (await lookAt(cluster, GROWING).list("pod", "-l", `palisade.dev/workload=${name}`)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );

const isReady = (pod: KubeObject): boolean =>
  ((field(pod, "status.conditions") ?? []) as readonly { readonly type: string; readonly status: string }[]).some(
    ({ type, status }) => type === "Ready" && status === "True",
  );

const uidsOf = async (name: string): Promise<readonly unknown[]> =>
  (await podsOf(name)).map(({ metadata }) => metadata.uid).sort();

const claimOf = (name: string, path: string): Promise<unknown> =>
  lookAt(cluster, GROWING)
    .get("pvc", name)
    .then((claim) => field(claim, path));

/** What a storage driver says once it has grown the volume. */
const grown = (name: string, storage: string): Promise<string> =>
  kubectl(cluster, [
    "patch",
    "pvc",
    name,
    "-n",
    GROWING,
    "--subresource=status",
    "--type=merge",
    "-p",
    JSON.stringify({ status: { capacity: { storage } } }),
  ]);

const database = (name: string, claims: readonly object[], spec: object = {}): object => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name, namespace: GROWING },
  spec: { type: "StatefulSet", image: "registry.example.com/shop/web:1.4.2", claims, ...spec },
});

const data = (size: string, storageClass: string): object => ({ name: "data", path: "/data", size, storageClass });
const DB_CLAIMS = ["data-db-0", "data-db-1", "data-db-2"];

test("claims grow with their size, and the pods on them go on", async () => {
  for (const index of [0, 1, 2]) await apply(volume(`data-${index}`, "growable"));
  await apply(volume("rigid-0", "rigid"));
  await applyCase("growing-claims");
  await becomes(GROWING, "db", "True Running");
  const before = await uidsOf("db");
  expect(before).toHaveLength(3);

  await apply(database("db", [data("2Gi", "growable")], { replicas: 3 }));

  expect(await becomes(GROWING, "db", "False ClaimsGrowing")).toContain("data-db-0 grows from 1Gi to 2Gi");
  for (const name of DB_CLAIMS) expect(await claimOf(name, "spec.resources.requests.storage")).toBe("2Gi");
  for (const name of DB_CLAIMS) await grown(name, "2Gi");
  await becomes(GROWING, "db", "True Running");
  expect(await uidsOf("db")).toEqual(before);
  const set = await lookAt(cluster, GROWING).get("statefulset", "db");
  expect(field(set, "spec.volumeClaimTemplates.0.spec.resources.requests.storage")).toBe("2Gi");
  expect(await lookAt(cluster, GROWING).corrections()).toEqual([]);
}, 180_000);

test("a claim that cannot grow is told with who can do what, and its pods go on", async () => {
  await becomes(GROWING, "fixed", "True Running");
  const before = await uidsOf("fixed");
  await apply(database("fixed", [data("2Gi", "rigid")]));
  const { condition } = lookAt(cluster, GROWING);
  await until(async () => (await condition("fixed", "Limited"))?.reason === "ClaimSizesDiffer", "the limit to be told");
  expect((await condition("fixed", "Limited"))?.message).toBe(
    "PersistentVolumeClaim data-fixed-0 keeps 1Gi instead of 2Gi: StorageClass rigid does not allow it: ask the platform team to set allowVolumeExpansion, or move the data to a claim of another name",
  );
  await becomes(GROWING, "fixed", "True Running");
  expect(await uidsOf("fixed")).toEqual(before);

  await kubectl(cluster, ["patch", "storageclass", "rigid", "-p", JSON.stringify({ allowVolumeExpansion: true })]);
  await becomes(GROWING, "fixed", "False ClaimsGrowing");
  await grown("data-fixed-0", "2Gi");
  await becomes(GROWING, "fixed", "True Running");
  expect(await condition("fixed", "Limited")).toBeUndefined();
}, 180_000);

test("a claim that is added reaches each pod in turn, and one that is taken away keeps its data", async () => {
  for (const index of [0, 1, 2]) await apply(volume(`logs-${index}`, "growable"));
  const before = await uidsOf("db");
  const logs = { name: "logs", path: "/logs", size: "1Gi", storageClass: "growable" };
  let fewest = 3;
  const rolled = async (): Promise<boolean> => {
    const pods = await podsOf("db");
    const ready = pods.filter(isReady);
    fewest = Math.min(fewest, ready.length);
    return (
      (await stands(GROWING, "db")) === "True Running" && !pods.some(({ metadata }) => before.includes(metadata.uid))
    );
  };

  await apply(database("db", [data("2Gi", "growable"), logs], { replicas: 3 }));

  await until(rolled, "every pod to mount the claim", 120_000);
  expect(fewest).toBeGreaterThanOrEqual(2);
  for (const pod of await podsOf("db"))
    expect(JSON.stringify(field(pod, "spec.volumes"))).toContain(`logs-${pod.metadata.name}`);

  await apply(database("db", [data("2Gi", "growable")], { replicas: 3, podManagement: "Parallel" }));
  await until(
    async () => {
      const volumes = JSON.stringify((await podsOf("db")).map((pod) => field(pod, "spec.volumes")));
      return !volumes.includes("logs-db") && (await stands(GROWING, "db")) === "True Running";
    },
    "every pod to be without it",
    120_000,
  );
  expect(await claimOf("logs-db-0", "status.phase")).toBe("Bound");
  expect(await lookAt(cluster, GROWING).corrections()).toEqual([]);
}, 300_000);

test("a Deployment gets its claim, which outlives it and is found again", async () => {
  await apply(volume("wiki", "growable"));
  const wiki = database("wiki", [data("1Gi", "growable")], { type: "Deployment" });
  await apply(wiki);
  await becomes(GROWING, "wiki", "True Running");
  const uid = await claimOf("data-wiki", "metadata.uid");
  await kubectl(cluster, ["delete", "sw", "wiki", "-n", GROWING]);
  await until(async () => (await podsOf("wiki")).length === 0, "the pods to end");
  expect(await claimOf("data-wiki", "metadata.deletionTimestamp")).toBeUndefined();
  await apply(wiki);
  await becomes(GROWING, "wiki", "True Running");
  expect(await claimOf("data-wiki", "metadata.uid")).toBe(uid);
}, 180_000);

test("a claim of somebody else is not mounted for a Deployment's own", async () => {
  await apply({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data-blog", namespace: GROWING },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  await apply(database("blog", [data("1Gi", "growable")], { type: "Deployment" }));
  expect(await becomes(GROWING, "blog", "False NameTaken stalled")).toContain(
    "PersistentVolumeClaim/data-blog existed",
  );
  expect(await lookAt(cluster, GROWING).get("deployment", "blog")).toBeUndefined();
}, 120_000);

test("a StatefulSet does not mount the claim of another workload that has the name of its own", async () => {
  await apply(database("cart-0", [data("1Gi", "growable")], { type: "Deployment" }));
  await until(async () => (await claimOf("data-cart-0", "metadata.uid")) !== undefined, "the claim");
  await apply(database("cart", [data("1Gi", "growable")]));
  expect(await becomes(GROWING, "cart", "False NameTaken stalled")).toContain("PersistentVolumeClaim/data-cart-0");
  expect(await lookAt(cluster, GROWING).get("statefulset", "cart")).toBeUndefined();
}, 120_000);

test("a rollout that stands still is told at its deadline for every type, whatever restarts meanwhile", async () => {
  for (const name of STALLING) {
    const message = await becomes(STALLED, name, "False RolloutStalled stalled", 120_000);
    expect(message).toMatch(/progress deadline \(60s\): .*ImagePullBackOff/);
  }
  expect(await since("db")).toBe(stalledSince);

  kubelet.fates.delete(UNPULLABLE);
  await becomes(STALLED, "db", "True Running");
  expect(await since("db")).toBeUndefined();
}, 300_000);
