/** What counts as foreign before a namespace is sealed. */

import { describe, expect, test } from "@jest/globals";
import type { Client, OwnerReference, Resource } from "kopf-ts";
import { BEFORE, controlledBy, type Governed, governed, run } from "../../../test/support/governed.ts";
import { MANAGED_BY_LABEL, WORKLOAD_LABEL } from "../../crds/group.ts";
import {
  API_SERVICE,
  CILIUM_NETWORK_POLICY,
  CRON_JOB,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  JOB,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  RESTING_MAKERS,
  SERVICE,
} from "../../kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME } from "../../names.ts";
import { takeInventory } from "./inventory.ts";

/** Of all that was put, as the API server would list it; a kind that is not served is not asked for. */
function inventory(world: Governed) {
  const list = (resource: Resource) => {
    if (world.state.cacheOf(resource)?.isServed() === false) throw new Error(`${resource.kind} is not served`);
    return Promise.resolve({ items: world.all(resource), resourceVersion: "1" });
  };
  const client = { list } as unknown as Pick<Client, "list">;
  return takeInventory("shop", { client, state: world.state }, new AbortController().signal);
}

const owner = (kind: string, name: string, uid: string, apiVersion = "v1"): { ownerReferences: OwnerReference[] } => ({
  ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
});
const CLAIMS = { [WORKLOAD_LABEL]: "web", [MANAGED_BY_LABEL]: "palisade" };

test("what a workload has, and what that made, is not foreign", async () => {
  const world = governed();
  run(world);
  const [service] = world.all(SERVICE);
  if (service === undefined) throw new Error("there is no Service");
  world.foreign(ENDPOINT_SLICE, "web-abcde", {}, controlledBy(service, SERVICE));
  world.foreign(NETWORK_POLICY, DEFAULT_DENY_NAME, { spec: { podSelector: {} } });
  expect(await inventory(world)).toEqual({ makers: [], others: [] });
});

test("of what is made, each is asked for before what makes it", async () => {
  const world = governed();
  const answered: string[] = [];
  const asked = new Map<string, readonly string[]>();
  const list = async (resource: Resource) => {
    asked.set(resource.kind, [...answered]);
    await Promise.resolve();
    answered.push(resource.kind);
    return { items: world.all(resource), resourceVersion: "1" };
  };
  const client = { list } as unknown as Pick<Client, "list">;
  await takeInventory("shop", { client, state: world.state }, new AbortController().signal);
  expect(asked.get("ReplicaSet")).toContain("Pod");
  expect(asked.get("Job")).toContain("Pod");
  expect(asked.get("Deployment")).toContain("ReplicaSet");
  expect(asked.get("StatefulSet")).toContain("Pod");
  expect(asked.get("CronJob")).toContain("Job");
  expect(asked.get("Service")).toContain("EndpointSlice");
});

describe("proves nothing:", () => {
  test.each([
    { what: "the workload's label", metadata: { labels: CLAIMS } },
    { what: "any controller", metadata: owner("ConfigMap", "x", "x") },
    {
      what: "an owner of our kind that is gone",
      metadata: owner("SecureWorkload", "web", "gone", "palisade.dev/v1alpha1"),
    },
    { what: "a reference to a Deployment that is not there", metadata: owner("Deployment", "web", "gone", "apps/v1") },
  ])("$what", async ({ metadata }) => {
    const world = governed();
    world.foreign(DEPLOYMENT, "theirs", { spec: { replicas: 0 } }, metadata);
    world.foreign(POD, "pod", { spec: {} }, metadata);
    expect(await inventory(world)).toEqual({ makers: ["Deployment/theirs", "Pod/pod"], others: [] });
  });

  test("a reference to the workload itself, under another name than its child's", async () => {
    const world = governed();
    const { ref } = world.workload();
    world.foreign(DEPLOYMENT, "theirs", {}, owner("SecureWorkload", "web", ref.uid, "palisade.dev/v1alpha1"));
    expect(await inventory(world)).toEqual({ makers: ["Deployment/theirs"], others: [] });
  });
});

test("a reference to a child of a kind that makes no such thing proves nothing", async () => {
  const world = governed();
  const [deployment] = world.all(DEPLOYMENT);
  if (deployment === undefined) throw new Error("there is no Deployment");
  world.foreign(DEPLOYMENT, "hidden", { spec: { replicas: 0 } }, controlledBy(deployment, DEPLOYMENT));
  world.foreign(JOB, "hidden", { spec: {} }, controlledBy(deployment, DEPLOYMENT));
  world.foreign(SERVICE, "hidden", { spec: {} }, controlledBy(deployment, DEPLOYMENT));
  expect(await inventory(world)).toEqual({ makers: ["Deployment/hidden", "Job/hidden"], others: ["Service/hidden"] });
});

test("a child that lost its owner reference is ours still, and so is what it made", async () => {
  const world = governed();
  run(world);
  const [deployment] = world.all(DEPLOYMENT);
  world.put(DEPLOYMENT, { ...deployment, metadata: { ...deployment?.metadata, labels: {}, ownerReferences: [] } });
  expect(await inventory(world)).toEqual({ makers: [], others: [] });
});

test("a child's name that somebody had before is foreign", async () => {
  const world = governed();
  world.foreign(DEPLOYMENT, "web", { spec: {} }, { uid: "theirs", creationTimestamp: BEFORE });
  expect(await inventory(world)).toEqual({ makers: ["Deployment/web"], others: [] });
});

test("what runs counts as the topmost of what made it, and once", async () => {
  const world = governed();
  const deployment = world.foreign(DEPLOYMENT, "legacy", { spec: {} });
  const set = world.foreign(REPLICA_SET, "legacy-1", { spec: {} }, controlledBy(deployment, DEPLOYMENT));
  for (const name of ["a", "b"]) world.foreign(POD, name, { spec: {} }, controlledBy(set, REPLICA_SET));
  const cron = world.foreign(CRON_JOB, "nightly", { spec: {} });
  const job = world.foreign(JOB, "nightly-1", { spec: {} }, controlledBy(cron, CRON_JOB));
  world.foreign(POD, "done", { spec: {}, status: { phase: "Succeeded" } }, controlledBy(job, JOB));
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "legacy", { spec: {} });
  expect(await inventory(world)).toEqual({
    makers: ["CronJob/nightly", "Deployment/legacy"],
    others: ["HorizontalPodAutoscaler/legacy"],
  });
});

test("an EndpointSlice counts as its Service, and a mirrored one as its Endpoints", async () => {
  const world = governed();
  const service = world.foreign(SERVICE, "legacy", { spec: { clusterIP: "None" } });
  world.foreign(ENDPOINT_SLICE, "legacy-1", {}, controlledBy(service, SERVICE));
  world.foreign(ENDPOINT_SLICE, "legacy-2", {}, owner("Endpoints", "legacy", "e"));
  world.foreign(
    ENDPOINT_SLICE,
    "hand-made",
    {},
    { labels: { "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" } },
  );
  expect(await inventory(world)).toEqual({
    makers: [],
    others: ["EndpointSlice/hand-made", "Endpoints/legacy", "Service/legacy"],
  });
});

test("what could make pods counts though it has none, and a run that is over does not", async () => {
  const world = governed();
  world.foreign(CRON_JOB, "resting", { spec: { suspend: true } });
  world.foreign(DEPLOYMENT, "office", { spec: { replicas: 0 } });
  world.foreign(REPLICA_SET, "orphan", { spec: { replicas: 0 } });
  world.foreign(JOB, "migrated", { spec: {}, status: { conditions: [{ type: "Complete", status: "True" }] } });
  world.foreign(JOB, "migrates", { spec: {}, status: { conditions: [{ type: "Suspended", status: "True" }] } });
  expect(await inventory(world)).toEqual({
    makers: ["CronJob/resting", "Deployment/office", "Job/migrates", "ReplicaSet/orphan"],
    others: ["Job/migrated"],
  });
});

test("pods and ReplicaSets of a controller of a kind that is not known count as that one", async () => {
  const world = governed();
  world.foreign(POD, "spark-1", { spec: {} }, owner("SparkApplication", "spark", "s", "sparkoperator.k8s.io/v1beta2"));
  world.foreign(REPLICA_SET, "canary-1", { spec: {} }, owner("Rollout", "canary", "r", "argoproj.io/v1alpha1"));
  expect(await inventory(world)).toEqual({ makers: ["Rollout/canary", "SparkApplication/spark"], others: [] });
});

test("what a controller of a kind that is not known left behind is the sign that it rests", async () => {
  const world = governed();
  const over = { spec: {}, status: { conditions: [{ type: "Complete", status: "True" }] } };
  const ended = { spec: {}, status: { phase: "Succeeded" } };
  const job = world.foreign(JOB, "import-1", over, owner("ScaledJob", "import", "s", "keda.sh/v1alpha1"));
  world.foreign(POD, "import-1-a", ended, controlledBy(job, JOB));
  world.foreign(POD, "nightly-1", ended, owner("Workflow", "nightly", "w", "argoproj.io/v1alpha1"));
  world.foreign(POD, "by-hand", ended);
  expect(await inventory(world)).toEqual({ makers: ["ScaledJob/import", "Workflow/nightly"], others: [] });
});

test("the Service or budget of a controller of a kind that is not known is the sign of pods that it hibernates", async () => {
  const world = governed();
  world.foreign(SERVICE, "pg-rw", { spec: {} }, owner("Cluster", "pg", "c", "postgresql.cnpg.io/v1"));
  world.foreign(POD_DISRUPTION_BUDGET, "kafka", { spec: {} }, owner("Kafka", "kafka", "k", "kafka.strimzi.io/v1beta2"));
  world.foreign(SERVICE, "east", { spec: {} }, owner("ServiceImport", "east", "i", "multicluster.x-k8s.io/v1alpha1"));
  world.foreign(NETWORK_POLICY, "intents", { spec: {} }, owner("ClientIntents", "web", "n", "k8s.otterize.com/v1"));
  expect(await inventory(world)).toEqual({
    makers: ["Cluster/pg", "Kafka/kafka"],
    others: ["ClientIntents/web", "ServiceImport/east"],
  });
});

test("what makes pods at a time counts without any trace, where its kind is served", async () => {
  const world = governed();
  const groups = ["keda.sh", "argoproj.io"];
  for (const kind of RESTING_MAKERS.filter(({ group }) => groups.includes(group)))
    world.foreign(kind, kind.plural, { spec: {} });
  expect(await inventory(world)).toEqual({ makers: [], others: [] });
  for (const group of groups) world.put(API_SERVICE, { metadata: { name: `v1alpha1.${group}` }, spec: { group } });
  expect(await inventory(world)).toEqual({
    makers: ["CronWorkflow/cronworkflows", "Rollout/rollouts", "ScaledJob/scaledjobs"],
    others: [],
  });
});

test("references that go round in a circle come to an end", async () => {
  const world = governed();
  world.foreign(DEPLOYMENT, "a", { spec: {} }, { uid: "a", ...owner("Deployment", "b", "b", "apps/v1") });
  world.foreign(DEPLOYMENT, "b", { spec: {} }, { uid: "b", ...owner("Deployment", "a", "a", "apps/v1") });
  expect(await inventory(world)).toEqual({ makers: ["Deployment/a", "Deployment/b"], others: [] });
});

test("optional kinds count where they are served", async () => {
  const world = governed();
  world.foreign(CILIUM_NETWORK_POLICY, "open", { spec: {} });
  expect(await inventory(world)).toEqual({ makers: [], others: [] });
  world.serve(CILIUM_NETWORK_POLICY, true);
  expect(await inventory(world)).toEqual({ makers: [], others: ["CiliumNetworkPolicy/open"] });
});
