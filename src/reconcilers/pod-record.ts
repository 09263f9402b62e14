/** What is kept of a pod and of what makes pods: enough to tell whether a pod is what its workload says. */

import { WORKLOAD_LABEL } from "../crds/group.ts";
import type { Identity } from "../crds/v1alpha1/identity.ts";
import type { KubeObject } from "../kopf/object.ts";
import { type Culprit, findCulprit } from "../plan/culprit.ts";
import { checkPodSecurity, type PodSpec } from "../policies/index.ts";
import { type PodParts, podParts } from "./pod-parts.ts";
import { createdMsOf, ownerOf, workloadLabelOf } from "./records.ts";
import { readCopyName } from "./secure-workload/resources/configs.ts";
import { addedTolerations, tolerationsOf } from "./tolerations.ts";

/** A pod of a namespace that holds workloads. */
export interface PodRecord {
  readonly uid: string;
  /** The workload whose label it bears. */
  readonly workload: string | undefined;
  /** The workload whose label it bore before, where it was seen to lose it. */
  readonly released: string | undefined;
  /** Who gave it the workload's label that it bears, where that was not who made it. */
  readonly relabelledBy: Culprit | undefined;
  readonly account: string;
  /** As they are by now: whoever may edit pods may have added some. */
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly deleting: boolean;
  /** How long it was given to end, in seconds, once it is being deleted. */
  readonly graceSeconds: number | undefined;
  /** What controls it. */
  readonly owner: Owner | undefined;
  /** Whether a controller of the control plane made it, as its managedFields say. */
  readonly isMadeByController: boolean;
  /** A static pod's reflection: its kubelet takes no deletion from the API server. */
  readonly isMirror: boolean;
  readonly ips: readonly string[];
  /** Its spec without what controllers, scheduling and admission fill in: equal to its template's, or somebody else made or changed it. */
  readonly parts: PodParts;
  readonly tolerations: readonly string[];
  /** Those of them that were put on it while it lived. */
  readonly addedTolerations: readonly string[];
  /** The cloud identity whose webhook may have added to it: the workload's when the pod was first seen. */
  readonly identity: Identity | undefined;
  /** The ids of the policies it breaks that answer to Pod Security. */
  readonly breaks: readonly string[];
  /** The copies of ConfigMaps that it mounts or reads. */
  readonly copies: readonly string[];
  /** Why something other than its controller takes it away, as Kubernetes calls it. */
  readonly disruption: string | undefined;
  /** Why it does not run, in a word or two that stay the same while it does not. */
  readonly trouble: string | undefined;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A template that pods are made from: a ReplicaSet, a ControllerRevision, a Job. */
export interface TemplateRecord {
  readonly uid: string;
  readonly owner: Owner | undefined;
  /** The workload whose label its pods bear. */
  readonly workload: string | undefined;
  readonly account: string | undefined;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  readonly parts: PodParts;
  readonly tolerations: readonly string[];
  /** Of the whole template, its labels and annotations among it. */
  readonly digest: string;
  /** Whether it breaks a policy that answers to Pod Security. */
  readonly isWeak: boolean;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this template of it was first seen. */
  readonly seenMs: number;
  /** Whether it was seen to change: what makes pods never changes its template by itself. */
  readonly isEdited: boolean;
  /** The cloud identity of its pods. */
  readonly identity: Identity | undefined;
  readonly copies: readonly string[];
}

interface Spec {
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName?: string };
    readonly projected?: { readonly sources?: readonly { readonly secret?: { readonly name?: string } }[] };
  }[];
}

export const policiesBroken = (spec: PodSpec): readonly string[] => [
  ...new Set(checkPodSecurity(spec).map(({ policy }) => policy)),
];

export interface PodSighting {
  readonly identity: Identity | undefined;
  readonly culprit: Culprit | undefined;
  readonly nowMs: number;
}

/** Who makes pods for ReplicaSets, Jobs and the like, as managedFields call it. */
const CONTROLLER_MANAGER = "kube-controller-manager";
/** A field that nobody may change once a pod is made. */
const MAKER_FIELD = ["spec", "schedulerName"];
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

export function shapePod(
  object: KubeObject,
  previous: PodRecord | undefined,
  { identity, culprit, nowMs }: PodSighting,
): PodRecord {
  const { metadata } = object;
  const spec = object["spec"] as PodSpec;
  const workload = workloadLabelOf(object);
  const lost = previous?.workload === workload ? undefined : previous?.workload;
  const tolerations = tolerationsOf(spec);
  const maker = findCulprit(metadata.managedFields ?? [], [MAKER_FIELD], "");
  const labeller = findCulprit(metadata.managedFields ?? [], [["metadata", "labels", WORKLOAD_LABEL]], "");
  return {
    uid: metadata.uid ?? "",
    workload,
    released: lost ?? previous?.released,
    relabelledBy: labeller?.certain === true && labeller.manager !== maker?.manager ? labeller : undefined,
    account: spec.serviceAccountName ?? "default",
    createdMs: createdMsOf(object),
    deleting: metadata.deletionTimestamp !== undefined,
    graceSeconds: metadata.deletionGracePeriodSeconds,
    labels: metadata.labels ?? {},
    owner: ownerOf(object),
    isMadeByController: maker?.certain === true && maker.manager === CONTROLLER_MANAGER,
    isMirror: metadata.annotations?.[MIRROR_ANNOTATION] !== undefined,
    ips: addressesOf(object),
    parts: podParts(spec, { podName: metadata.name, identity }),
    tolerations,
    addedTolerations: addedTolerations(tolerations, previous, metadata.managedFields ?? []),
    identity,
    breaks: policiesBroken(spec),
    copies: copiesIn(spec),
    disruption: disruptionOf(object),
    trouble: heldBy(object) ?? troubleOf(object),
    culprit,
    seenMs: nowMs,
  };
}

/** The workloads that a pod is of, or could be: by its label, by one that it lost, by its account. */
export const claimsOf = (
  { workload, released, account }: Pick<PodRecord, "workload" | "released" | "account">,
  namespace: string | undefined,
): readonly string[] => [
  ...new Set([workload, released, account].flatMap((name) => (name === undefined ? [] : [`${namespace}/${name}`]))),
];

/** Those that the control plane puts on pods, and takes off again. */
const KNOWN_FINALIZERS: ReadonlySet<string> = new Set([
  "batch.kubernetes.io/job-tracking",
  "foregroundDeletion",
  "orphan",
]);

/** A finalizer of somebody else's keeps a pod's name taken after its end (DRIFT 35). */
function heldBy({ metadata }: KubeObject): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const foreign = metadata.finalizers?.find((finalizer) => !KNOWN_FINALIZERS.has(finalizer));
  return foreign === undefined ? undefined : `pod ${metadata.name} cannot go: finalizer ${foreign} holds it`;
}

const DISRUPTIONS: ReadonlySet<string> = new Set([
  "PreemptionByScheduler",
  "DeletionByTaintManager",
  "EvictionByEvictionAPI",
  "DeletionByPodGC",
  "TerminationByKubelet",
]);

/** Only the words that Kubernetes knows: a metric carries it. */
function disruptionOf(pod: KubeObject): string | undefined {
  const { conditions = [] } = (pod["status"] ?? {}) as PodStatus;
  const found = conditions.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  return found?.reason !== undefined && DISRUPTIONS.has(found.reason) ? found.reason : undefined;
}

/** A pod in its node's network has the node's addresses, which are not its own. */
function addressesOf(pod: KubeObject): readonly string[] {
  const { hostNetwork } = (pod["spec"] ?? {}) as PodSpec;
  const { podIPs = [] } = (pod["status"] ?? {}) as { readonly podIPs?: readonly { readonly ip?: string }[] };
  return hostNetwork === true ? [] : podIPs.flatMap(({ ip }) => ip ?? []);
}

/** The copies that a pod spec names, in volumes and in the environment. */
export function copiesIn(spec: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, field] of Object.entries(value)) {
      const name = /^configMap/.test(key) ? (field as { readonly name?: unknown } | null)?.name : undefined;
      if (typeof name === "string" && readCopyName(name) !== undefined) found.add(name);
      visit(field);
    }
  };
  visit(spec);
  return [...found].sort();
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

interface PodStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Waiting for these is what every pod does for a moment. */
const ORDINARY_WAITS: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing"]);

/** The message names what is missing, and stays the same: of other waits it counts seconds, or quotes the container. */
const TELLING = "CreateContainerConfigError";

export function troubleOf(pod: KubeObject): string | undefined {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = (pod["status"] ?? {}) as PodStatus;
  const containers = [...initContainerStatuses, ...containerStatuses];
  for (const { name, state } of containers) {
    const { reason, message } = state?.waiting ?? {};
    if (reason === undefined || ORDINARY_WAITS.has(reason)) continue;
    return `container ${name}: ${reason}${reason === TELLING && message !== undefined ? ` (${message.slice(0, 200)})` : ""}`;
  }
  const says = (type: string) => conditions.find((condition) => condition.type === type);
  const scheduled = says("PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") return "no node takes the pod";
  return says("PodReadyToStartContainers")?.status === "False" && containers.length > 0
    ? missingVolumes(pod["spec"] as Spec | undefined)
    : undefined;
}

/**
 * A pod without its volumes has no sandbox (KEP-3085), and its status does not say which of them it waits for. Claims are
 * seen to by the scheduler and ConfigMaps by this operator, which may not look for Secrets.
 */
function missingVolumes(spec: Spec | undefined): string | undefined {
  const names = (spec?.volumes ?? []).flatMap(({ secret, projected }) => [
    secret?.secretName,
    ...(projected?.sources ?? []).map((source) => source.secret?.name),
  ]);
  const secrets = [...new Set(names.filter((name) => name !== undefined))].sort();
  if (secrets.length === 0) return undefined;
  return `the pod's volumes are not there yet, Secret ${secrets.join(", Secret ")} among them`;
}
