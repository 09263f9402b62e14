/** Every example as its team applies it: expanded, admitted under Pod Security restricted, reachable as declared, and then quiet. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { SECURE_WORKLOAD, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import type { Condition, SecureWorkloadSpec, SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { grantNamespace, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { allWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { golden } from "../support/golden.ts";
import { MARKER, settled } from "../support/marker.ts";
import { type PolicyEvaluator, policyEvaluator } from "../support/policy-evaluator.ts";
import { worldOf } from "../support/reachability.ts";
import { matrixText } from "../support/reachability-text.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { openPolicy } from "../support/strangers.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { objectsIn, objectsOf } from "../support/yaml-files.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");
const OPERATOR = "system:serviceaccount:palisade-system:palisade";

interface Example {
  readonly folder: string;
  /** Built by Kustomize, not read as it stands. */
  readonly overlay?: boolean;
  /** The golden matrix of an application of the same shape in this namespace. */
  readonly matrix?: string;
}

const CASES: readonly Example[] = [
  { folder: "online-boutique", matrix: "online-boutique" },
  { folder: "online-boutique-profiled", overlay: true },
  { folder: "voting-app", matrix: "voting-app" },
  { folder: "podinfo/overlays/dev", overlay: true },
  { folder: "podinfo/overlays/staging", overlay: true },
  { folder: "podinfo/overlays/production", overlay: true, matrix: "podinfo" },
  { folder: "podinfo/webapp", matrix: "podinfo-webapp" },
  { folder: "podinfo/secure", matrix: "podinfo-secure" },
  { folder: "podinfo/standalone", matrix: "podinfo-standalone" },
  { folder: "wordpress", matrix: "wordpress" },
  { folder: "mysql", matrix: "mysql" },
  { folder: "zookeeper", matrix: "zookeeper" },
  { folder: "otel-demo", matrix: "otel-demo" },
];

let evaluator: PolicyEvaluator;
let registry: TestRegistry;

const palisade = usePalisade({
  crds: ["cilium", "podmonitors", "servicemonitors"],
  before: async () => {
    evaluator = await policyEvaluator();
    registry = await startRegistry();
  },
});
const { cluster } = palisade;

beforeAll(async () => {
  await apply([INGRESS_CLASS, ...fromOwnRegistry(objectsIn(join(EXAMPLES, "platform")))], "platform");
});

/** As an installation of the ingress controller brings it. */
const INGRESS_CLASS: KubeObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "IngressClass",
  metadata: { name: "nginx" },
  spec: { controller: "k8s.io/ingress-nginx" },
};

afterAll(async () => {
  await registry?.kill();
});

async function objectsOfExample({ folder, overlay }: Example): Promise<readonly KubeObject[]> {
  const path = join(EXAMPLES, folder);
  const objects = overlay === true ? objectsOf(await kubectl(cluster, ["kustomize", path])) : objectsIn(path);
  return fromOwnRegistry(objects);
}

const EXAMPLE_REGISTRY = "registry.example.com";

/** The examples name a registry that stands for one's own; here it is the test's. */
const fromOwnRegistry = (objects: readonly KubeObject[]): readonly KubeObject[] =>
  JSON.parse(JSON.stringify(objects).replaceAll(EXAMPLE_REGISTRY, registry.host)) as readonly KubeObject[];

/** The images of a workload that are named by a tag, each once. */
const taggedImages = ({ spec }: Pick<Stored, "spec">): readonly string[] =>
  [...new Set([spec, ...(spec.containers ?? [])].map(({ image }) => image))].filter((image) => !image.includes("@"));

const pushed = new Set<string>();

async function pushImages(workloads: readonly KubeObject[]): Promise<void> {
  for (const image of (workloads as readonly Stored[]).flatMap(taggedImages)) {
    const [, repository = "", tag = ""] = /^[^/]+[/](.+):([^:]+)$/.exec(image) ?? [];
    if (!pushed.has(image)) await registry.push({ repository, tag });
    pushed.add(image);
  }
}

/** Applied by the API server, which refuses any field that it does not know. */
const apply = (items: readonly KubeObject[], user: "alice" | "platform"): Promise<string> =>
  kubectl(cluster, ["apply", "--server-side", "--validate=strict", "-f", "-"], {
    user,
    input: { apiVersion: "v1", kind: "List", items },
  });

async function list<T = KubeObject>(kinds: string, namespace: string): Promise<readonly T[]> {
  const args = ["get", kinds, "-n", namespace, "-l", WORKLOAD_LABEL, "-o", "json"];
  return (JSON.parse(await kubectl(cluster, args)) as { items: T[] }).items;
}

interface Stored extends KubeObject {
  readonly spec: SecureWorkloadSpec;
  readonly status: SecureWorkloadStatus;
}

async function workloadsIn(namespace: string): Promise<readonly Stored[]> {
  const args = ["get", SECURE_WORKLOAD.plural, "-n", namespace, "-o", "json"];
  return (JSON.parse(await kubectl(cluster, args)) as { items: Stored[] }).items;
}

const readyOf = ({ status }: Stored): Condition | undefined => status.conditions?.find(({ type }) => type === "Ready");

const isCronJob = ({ spec }: Stored): boolean => spec.type === "CronJob";

/** Of a StatefulSet that makes one pod after the other the first waits for a node, and the others for it. */
const isOrdered = ({ spec: { type, podManagement } }: Stored): boolean =>
  type === "StatefulSet" && podManagement !== "Parallel";

/** Without a metrics API an autoscaler leaves the number as it begins. */
const podsOf = (stored: Stored): number =>
  isOrdered(stored) ? 1 : Math.max(stored.spec.replicas, stored.spec.autoscaling?.minReplicas ?? 0);

/** Without nodes and images a workload gets this far and no further: all its pods were made, and none runs; or it runs by the clock. */
function isWaiting(stored: Stored): boolean {
  const { metadata, status } = stored;
  if (status.observedGeneration !== metadata.generation) return false;
  const { reason, message = "" } = readyOf(stored) ?? {};
  if (isCronJob(stored)) return reason === "Scheduled";
  if (isOrdered(stored) && stored.spec.replicas > 1)
    return (
      message === `1 of ${stored.spec.replicas} pods run the current spec; no node can run the pod (Unschedulable)`
    );
  const of = `0 of ${podsOf(stored)} pods`;
  return (
    (reason === "Progressing" && message.startsWith(`${of} are ready`)) ||
    (reason === "RolloutStalled" && message.endsWith(`${of} are ready`))
  );
}

const toldBy = (stored: Stored): string =>
  `${stored.metadata.name}: ${readyOf(stored)?.reason}: ${readyOf(stored)?.message}`;

/** Nothing more will come of time alone but a stalled rollout: the autoscaler has looked for metrics too. */
function expectedConditions(stored: Stored): readonly string[] {
  const always = ["AccessAgreed=True", "DriftFree=True"];
  const rights = "RightsMatch=True";
  if (isCronJob(stored)) return [...always, "Ready=True", rights];
  const isStalled = readyOf(stored)?.reason === "RolloutStalled";
  return [
    ...always,
    ...(stored.spec.autoscaling === undefined ? [] : ["Limited=True"]),
    "Ready=False",
    ...(isStalled ? [rights, "Stalled=True"] : ["Reconciling=True", rights]),
  ];
}

const conditionsOf = ({ status }: Stored): readonly string[] =>
  (status.conditions ?? []).map(({ type, status: state }) => `${type}=${state}`).sort();

const hasItsConditions = (stored: Stored): boolean => conditionsOf(stored).join() === expectedConditions(stored).join();

interface LivePod extends KubeObject {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] };
}

const podsIn = (namespace: string): Promise<readonly LivePod[]> => list<LivePod>("pods", namespace);

const CHILDREN = [
  "networkpolicies,serviceaccounts,services,poddisruptionbudgets,roles,rolebindings,configmaps",
  "deployments,statefulsets,daemonsets,jobs,cronjobs",
  "horizontalpodautoscalers,servicemonitors,podmonitors,ingresses,ciliumnetworkpolicies",
].join();

/** What each workload of the examples becomes: none asks for rights, and what listens has a Service. */
const childrenOf = ({ metadata: { name }, spec }: Stored): readonly string[] => [
  `${spec.type}/${name}`,
  `NetworkPolicy/${name}`,
  `ServiceAccount/${name}`,
  ...(spec.type === "CronJob" ? [] : [`PodDisruptionBudget/${name}`]),
  ...servicesOf(name, spec),
  ...(spec.autoscaling === undefined ? [] : [`HorizontalPodAutoscaler/${name}`]),
  ...(spec.monitoring === undefined ? [] : [`${monitorOf(spec)}/${name}`]),
  // Names are the network plugin's to enforce: Cilium's, here.
  ...(spec.access?.outbound?.some(({ host }) => host !== undefined) ? [`CiliumNetworkPolicy/${name}`] : []),
  ...(spec.expose === undefined ? [] : [`Ingress/${name}`]),
  ...configsOf(spec).map((source) => `ConfigMap/${name}.${source}`),
];

/** Where one Service leads to the metrics, they are scraped through it. */
const monitorOf = ({ type, ports = [], serviceNames = [], monitoring }: SecureWorkloadSpec): string =>
  type !== "StatefulSet" && serviceNames.length === 0 && ports.some(({ port }) => port === monitoring?.port)
    ? "ServiceMonitor"
    : "PodMonitor";

/** One of its own name, one of each that the spec chooses, and one under which pods of a StatefulSet have their names. */
function servicesOf(name: string, { type, ports, serviceNames = [] }: SecureWorkloadSpec): readonly string[] {
  const isGoverned = type !== "StatefulSet" || serviceNames.some(({ governs }) => governs);
  const names = [...(ports === undefined ? [] : [name]), ...serviceNames.map((one) => one.name)];
  return [...new Set([...names, ...(isGoverned ? [] : [`${name}-pods`])])].map((one) => `Service/${one}`);
}

/** One copy of each ConfigMap that is named, and one for the files that stand in each container. */
function configsOf(spec: SecureWorkloadSpec): readonly string[] {
  const containers = [spec, ...(spec.containers ?? [])].map(({ files = [] }) => files);
  const named = containers.flat().flatMap(({ configMap }) => configMap?.name ?? []);
  const inline = containers.filter((files) => files.some(({ content }) => content !== undefined));
  return [...new Set(named), ...inline.map(() => "inline")];
}

/** Copies are called after their content. */
const withoutHash = (name: string): string => name.replace(/[.][0-9a-f]{20}$/, "");

const isOfCronJob = ({ metadata: { ownerReferences = [] } }: KubeObject): boolean =>
  ownerReferences.some(({ kind }) => kind === "CronJob" || kind === "Job");

/** The live matrix of the example's namespace. */
async function liveMatrix(namespace: string, foreign: readonly KubeObject[] = []): Promise<string> {
  const args = ["get", "networkpolicies,deployments,statefulsets,cronjobs", "-n", namespace, "-o", "json"];
  const { items } = JSON.parse(await kubectl(cluster, args)) as { items: KubeObject[] };
  const [flows = []] = await evaluator.flows([worldOf([...items, ...foreign])]);
  return matrixText(flows);
}

/** The namespaces of the examples that were applied. */
const applied: string[] = [];

describe.each(CASES)("the example $folder", (example) => {
  let namespace: string;
  let stored: readonly Stored[];

  beforeAll(async () => {
    const objects = await objectsOfExample(example);
    const [home, ...others] = objects.filter(({ kind }) => kind === "Namespace");
    if (home === undefined || others.length > 0) throw new Error(`${example.folder} needs exactly one Namespace`);
    namespace = home.metadata.name;
    await apply([home], "platform");
    await grantNamespace(cluster, namespace, "alice");
    const own = objects.filter(({ kind }) => kind !== "Namespace" && kind !== "Kustomization");
    const workloads = own.filter(({ kind }) => kind === SECURE_WORKLOAD.kind);
    await pushImages(workloads);
    await apply(own, "alice");
    applied.push(namespace);
    await until(async () => {
      stored = await workloadsIn(namespace);
      return stored.length === workloads.length && stored.every(isWaiting);
    }, "every workload to wait for nodes or the clock alone").catch(() => {});
    expect(stored).toHaveLength(workloads.length);
    expect(stored.filter((workload) => !isWaiting(workload)).map(toldBy)).toEqual([]);
  });

  test("becomes exactly the children that its workloads need", async () => {
    const children = (await list(CHILDREN, namespace))
      .filter((object) => !isOfCronJob(object))
      .map(({ kind, metadata }) => `${kind}/${withoutHash(metadata.name)}`);
    expect([...children].sort()).toEqual(stored.flatMap(childrenOf).sort());
  });

  test("has every pod admitted under Pod Security restricted, and waits for nodes alone", async () => {
    const { metadata } = JSON.parse(
      await kubectl(cluster, ["get", "namespace", namespace, "-o", "json"]),
    ) as KubeObject;
    expect(metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    const pods = (await podsIn(namespace)).filter((pod) => !isOfCronJob(pod));
    const standing = stored.filter((workload) => !isCronJob(workload));
    expect(pods).toHaveLength(standing.reduce((sum, workload) => sum + podsOf(workload), 0));
    await until(async () => (await podsIn(namespace)).every(isUnschedulable), "the scheduler to find no node");
  });

  test("says nothing of itself but that it waits, and the autoscalers for metrics; each tag has its digest, each host its URL", async () => {
    let now: readonly Stored[] = [];
    // What it waits for in vain is told below, workload by workload.
    await until(async () => {
      now = await workloadsIn(namespace);
      return now.every(hasItsConditions);
    }, "every autoscaler to look for metrics").catch(() => {});
    const told = now.map((workload) => [workload.metadata.name, ...conditionsOf(workload)]);
    expect(told).toEqual(now.map((workload) => [workload.metadata.name, ...expectedConditions(workload)]));
    for (const { spec, status } of now) {
      expect(status.urls ?? []).toEqual((spec.expose ?? []).map(({ host, path }) => `https://${host}${path}`));
      const limit = status.conditions?.find(({ type }) => type === "Limited");
      expect((status.images ?? []).map(({ image }) => image).sort()).toEqual([...taggedImages({ spec })].sort());
      expect(limit?.reason).toBe(spec.autoscaling === undefined ? undefined : "AutoscalerUnavailable");
    }
  });

  test("is reachable as declared, opened by an allow-all policy, and closed again by the operator", async () => {
    const before = await liveMatrix(namespace);
    if (example.matrix !== undefined) expect(before).toBe(golden(`reachability/${example.matrix}.txt`, before));
    const attacked = await liveMatrix(namespace, [openPolicy(namespace)]);
    if (example.matrix !== undefined) {
      expect(attacked).toBe(golden(`reachability/${example.matrix}.attacked.txt`, attacked));
    }
    expect(attacked).not.toBe(before);
    await kubectl(cluster, ["create", "-f", "-"], { user: "alice", input: openPolicy(namespace) });
    await until(async () => !(await policiesIn(namespace)).includes("open"), "the policy to be deleted");
    expect(await liveMatrix(namespace)).toBe(before);
  });
});

const isUnschedulable = ({ status }: LivePod): boolean =>
  (status.conditions ?? []).some(({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable");

async function policiesIn(namespace: string): Promise<readonly string[]> {
  const args = ["get", "networkpolicies", "-n", namespace, "-o", "jsonpath={.items[*].metadata.name}"];
  return (await kubectl(cluster, args)).split(" ");
}

/** What the operator wrote so far, but for Leases. */
const writes = (): readonly string[] =>
  allWrites(cluster)
    .filter(
      ({ user, objectRef }) =>
        user.username === OPERATOR && objectRef?.resource !== "leases" && objectRef?.namespace !== MARKER,
    )
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.namespace}/${objectRef?.name}`);

/** What has a longer deadline stays as it is for the rest of the test. */
const STALLING_S = 60;

/** A rollout with a deadline of its own has passed it. */
const isAtRest = (stored: Stored): boolean =>
  hasItsConditions(stored) &&
  ((stored.spec.rollout?.progressDeadlineSeconds ?? Number.POSITIVE_INFINITY) > STALLING_S ||
    readyOf(stored)?.reason === "RolloutStalled");

const FIVE_MINUTES_MS = 300_000;
const RUN_MS = 10_000;

/** Runs begin at full five minutes: their pods and Jobs come and go, which is not what is looked at. */
async function awayFromRuns(): Promise<void> {
  const leftMs = FIVE_MINUTES_MS - (Date.now() % FIVE_MINUTES_MS);
  const sinceMs = FIVE_MINUTES_MS - leftMs;
  if (leftMs < 2 * RUN_MS) await pause(leftMs + RUN_MS);
  else if (sinceMs < RUN_MS) await pause(RUN_MS - sinceMs);
}

test("all the examples together leave the operator nothing more to write", async () => {
  expect(applied).toHaveLength(CASES.length);
  for (const namespace of applied) {
    await until(
      async () => (await workloadsIn(namespace)).every(isAtRest),
      `every rollout of ${namespace} to stall`,
      120_000,
    );
  }
  await awayFromRuns();
  await settled(cluster);
  const before = writes();
  expect(before.length).toBeGreaterThan(0);
  await settled(cluster);
  expect(writes().slice(before.length)).toEqual([]);
}, 400_000);
