/** A visit to one kind of cluster: Palisade is installed, applications come, days pass, it is upgraded, attacked; and what it did is counted. */
import { join } from "node:path";
import { createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { FIELD_MANAGER } from "../../src/commands/process.ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import type { SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { DEFAULT_INSTALLATION } from "../../src/installation.ts";
import { DEPLOYMENT, NODE } from "../../src/kubernetes/kinds.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { startCluster, type TestCluster, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { PAPER_NODE } from "../cluster/users.ts";
import type { Attack } from "../drift/case.ts";
import { DRIFT_CASES } from "../drift/cases/index.ts";
import { tryOnce } from "../drift/matrix.ts";
import { live } from "../drift/ordinary-life.ts";
import { VICTIM } from "../drift/stage.ts";
import { Theatre } from "../drift/theatre.ts";
import { APPLICATIONS } from "../support/applications.ts";
import { type AuditEntry, isStored, operatorWrites } from "../support/audit.ts";
import { installPalisade, kubectl } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { objectsIn } from "../support/yaml-files.ts";
import { type KeptNamespaces, keepNamespaces } from "./keep-namespaces.ts";
import type { Profile } from "./profile.ts";

export interface Stay {
  readonly applications: readonly string[];
  readonly livesMs: number;
  readonly quietMs: number;
  readonly log?: (line: string) => void;
}

/** What is counted. Everything but `conditions` and `ready` must be empty or zero. */
export interface Visit {
  readonly profile: string;
  readonly title: string;
  readonly workloads: number;
  /** Workloads that are not ready in the end, with the reason. */
  readonly notReady: readonly string[];
  /** Pods that Palisade deleted or evicted though nobody attacked. */
  readonly deletedPods: readonly string[];
  /** Writes of Palisade in a quiet time, `verb resource/name`. */
  readonly quietWrites: readonly string[];
  /** What ordinary users and tools were refused, and what of theirs was undone. */
  readonly refused: readonly string[];
  readonly undone: readonly string[];
  /** `type=status` of every condition that differs from a plain cluster's, once each. */
  readonly conditions: readonly string[];
  readonly standing: readonly string[];
}

/** Two that admission refuses and one that it may not see coming. */
const ATTACKS: readonly string[] = ["swaps the image", "allows everything", "swaps the image of a running pod"];

const USUAL: Readonly<Record<string, string>> = {
  Ready: "True",
  DriftFree: "True",
  RightsMatch: "True",
  AccessAgreed: "*",
};

const startAs = async (profile: Profile, log: Stay["log"]): Promise<TestCluster> => {
  const cluster = await startCluster({
    components: ["controller-manager", "scheduler"],
    admissionPlugins: profile.plugins,
    ...(log === undefined ? {} : { log }),
  });
  await installPalisade(cluster);
  return cluster;
};

/** On `cluster` where one is given, which has no plugins then; else on one of its own. */
export async function visit(profile: Profile, stay: Stay, cluster?: TestCluster): Promise<Visit> {
  const used = cluster ?? (await startAs(profile, stay.log));
  let theatre: Theatre | undefined;
  let kept: KeptNamespaces | undefined;
  try {
    for (const input of profile.objects) await kubectl(used, ["apply", "-f", "-"], { input });
    kept = await keepNamespaces(used, profile);
    theatre = await Theatre.open({ admission: ADMISSION_POLICIES, cluster: used });
    await settleIn(theatre, profile);
    return await count(theatre, profile, stay);
  } finally {
    await kept?.stop();
    await theatre?.close();
    if (cluster === undefined) await used.stop();
  }
}

/** As the installation of the ingress controller brings it. */
const INGRESS_CLASS = {
  apiVersion: "networking.k8s.io/v1",
  kind: "IngressClass",
  metadata: { name: "nginx" },
  spec: { controller: "k8s.io/ingress-nginx" },
};

/** Nothing provisions volumes here: these wait for the claims of the applications. */
const VOLUMES = [
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "paper", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "kubernetes.io/no-provisioner",
  },
  ...[1, 2, 3, 4].map((number) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `paper-${number}` },
    spec: {
      capacity: { storage: "20Gi" },
      accessModes: [number % 2 === 0 ? "ReadWriteOnce" : "ReadWriteOncePod"],
      storageClassName: "paper",
      hostPath: { path: `/paper/${number}` },
    },
  })),
];

/** What the examples' platform team grants, without its registries, which nobody here could ask for digests. */
function grants(): object {
  const [baseline] = objectsIn(join(import.meta.dirname, "..", "..", "examples", "platform"));
  const { registries: _registries, ...spec } = (baseline?.["spec"] ?? {}) as { registries?: unknown };
  return spec;
}

async function settleIn(theatre: Theatre, { nodeLabels, baseline }: Profile): Promise<void> {
  const admin = theatre.clients.of("admin");
  await admin.patch(NODE, { name: PAPER_NODE }, { metadata: { labels: nodeLabels } }, { type: "merge" });
  for (const input of [INGRESS_CLASS, ...VOLUMES]) await kubectl(theatre.cluster, ["apply", "-f", "-"], { input });
  const patch = JSON.stringify({ spec: { ...grants(), ...baseline } });
  await kubectl(theatre.cluster, ["patch", "securitybaseline", "cluster", "--type=merge", "-p", patch]);
  await theatre.untilGuarded();
  // Its marker is a workload that is counted.
  await settled(theatre.cluster);
}

async function count(theatre: Theatre, profile: Profile, stay: Stay): Promise<Visit> {
  const { cluster } = theatre;
  const say = (line: string): void => stay.log?.(`${profile.name}: ${line}`);
  say("applications");
  const namespaces = await applyApplications(cluster, stay.applications);
  await untilReady(cluster, namespaces);
  say("ordinary life");
  const lived = await live(theatre, { durationMs: stay.livesMs });
  say("quiet");
  await settled(cluster);
  const before = operatorWrites(cluster).length;
  await pause(stay.quietMs);
  const quietWrites = operatorWrites(cluster).slice(before).filter(isStored).map(written);
  say("upgrade");
  await upgrade(theatre);
  const deletedPods = operatorWrites(cluster).filter(isStored).filter(isPodDeletion).map(written);
  say("attacks");
  const standing = await standingAttacks(theatre);
  const workloads = await workloadsOf(cluster, namespaces);
  for (const line of new Set(workloads.flatMap(told))) say(line);
  return {
    profile: profile.name,
    title: profile.title,
    workloads: workloads.length,
    notReady: workloads.flatMap(notReadyOf),
    deletedPods,
    quietWrites,
    refused: lived.refused,
    undone: lived.undone,
    conditions: [...new Set(workloads.flatMap(unusualConditions))].sort(),
    standing,
  };
}

const written = ({ verb, objectRef }: AuditEntry): string =>
  `${verb} ${objectRef?.resource}${objectRef?.subresource === undefined ? "" : `/${objectRef.subresource}`} ${objectRef?.namespace ?? ""}/${objectRef?.name ?? ""}`;

const isPodDeletion = ({ verb, objectRef, responseStatus }: AuditEntry): boolean =>
  objectRef?.resource === "pods" &&
  (verb === "delete" || objectRef.subresource === "eviction") &&
  (responseStatus?.code ?? 0) < 300;

async function applyApplications(cluster: TestCluster, names: readonly string[]): Promise<readonly string[]> {
  const applications = APPLICATIONS.filter(({ name }) => names.includes(name));
  for (const { namespace, workloads } of applications) {
    await kubectl(cluster, ["create", "namespace", namespace]);
    await kubectl(cluster, ["apply", "-f", "-"], { input: { apiVersion: "v1", kind: "List", items: workloads } });
  }
  return applications.map(({ namespace }) => namespace);
}

type Stored = KubeObject & { readonly status?: SecureWorkloadStatus };

const conditionsOf = ({ status }: Stored) => status?.conditions ?? [];

async function workloadsOf(cluster: TestCluster, namespaces: readonly string[]): Promise<readonly Stored[]> {
  const lists = await Promise.all(
    namespaces.map((namespace) => kubectl(cluster, ["get", SECURE_WORKLOAD.plural, "-n", namespace, "-o", "json"])),
  );
  return lists.flatMap((list) => (JSON.parse(list) as { items: Stored[] }).items);
}

const notReadyOf = (workload: Stored): readonly string[] => {
  const ready = conditionsOf(workload).find(({ type }) => type === "Ready");
  if (ready?.status === "True") return [];
  return [
    `${workload.metadata.namespace}/${workload.metadata.name}: ${ready?.reason ?? "no status"} ${ready?.message ?? ""}`,
  ];
};

/** What applications ask for that no profile has: metrics of pods, and the Prometheus Operator. */
const NOT_HERE = /cannot scale \(FailedGetResourceMetric\)|monitoring has no effect/;

const unusual = (workload: Stored) =>
  conditionsOf(workload).filter(({ type, status, message }) => {
    if (type === "Limited") return !message.split("; ").every((limit) => NOT_HERE.test(limit));
    return USUAL[type] !== "*" && USUAL[type] !== status;
  });

const unusualConditions = (workload: Stored): readonly string[] =>
  unusual(workload).map(({ type, status }) => `${type}=${status}`);

const told = (workload: Stored): readonly string[] =>
  unusual(workload).map(({ type, status, message }) => `${workload.metadata.name}: ${type}=${status} ${message}`);

/** What never gets ready is counted, and holds nothing up. */
async function untilReady(cluster: TestCluster, namespaces: readonly string[]): Promise<void> {
  const isReady = async (): Promise<boolean> =>
    (await workloadsOf(cluster, namespaces)).every((workload) => notReadyOf(workload).length === 0);
  await until(isReady, "the applications", 120_000).catch(() => {});
}

/** As a version before had made it otherwise, under the operator's own name: a rollout that nobody of the cluster asked for. */
async function upgrade(theatre: Theatre): Promise<void> {
  const stage = await theatre.take();
  await theatre.stopOperator();
  const { namespace, account } = DEFAULT_INSTALLATION;
  const path = await theatre.cluster.serviceAccountKubeconfig(namespace, account);
  const transport = createTransport(await kubeconfigConnection({ path }));
  const patch = { spec: { template: { spec: { terminationGracePeriodSeconds: 31 } } } };
  const name = { namespace: stage.namespace, name: VICTIM };
  await createClient(transport, FIELD_MANAGER).patch(DEPLOYMENT, name, patch, { type: "strategic" });
  await transport.close();
  await theatre.startOperator();
  const isOurs = async (): Promise<boolean> =>
    JSON.stringify(await stage.get(DEPLOYMENT, VICTIM)).includes('"terminationGracePeriodSeconds":30');
  await until(isOurs, "the upgrade", 60_000);
  await settled(theatre.cluster);
  theatre.giveBack(stage);
}

async function standingAttacks(theatre: Theatre): Promise<readonly string[]> {
  const attacks: readonly Attack[] = ATTACKS.flatMap((title) =>
    DRIFT_CASES.flatMap(({ attacks }) => attacks.filter((attack) => attack.title === title)).slice(0, 1),
  );
  const standing: string[] = [];
  for (const attack of attacks) {
    const outcome = await tryOnce(theatre, attack);
    if (outcome.kind === "stands") standing.push(attack.title);
  }
  return standing;
}
