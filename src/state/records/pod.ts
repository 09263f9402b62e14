/** What is kept of a pod and of what makes pods: enough to tell whether a pod is what its workload says. */

import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import type { Identity } from "../../crds/v1alpha1/identity.ts";
import { readCopyName } from "../../expand/configs.ts";
import { createdMsOf, type Owner, ownerOf } from "../../kubernetes/metadata.ts";
import { workloadLabelOf } from "../../names.ts";
import { type FieldManager, findFieldManager } from "../../plan/field-owner.ts";
import { POD_FINALIZERS } from "../../plan/live-pod-fields.ts";
import { checkPodSecurity, type PodSpec } from "../../policies/index.ts";
import { type PodFacts, podFacts } from "../../unusual/pod-facts.ts";
import { type LaterChanges, laterChanges } from "./later-changes.ts";
import { type PodParts, podParts, shared } from "./pod-fields.ts";
import { addedTolerations, tolerationsOf } from "./tolerations.ts";

/** A pod of a namespace that holds workloads. */
export interface PodRecord {
  readonly uid: string;
  /** The workload whose label it bears. */
  readonly workload: string | undefined;
  /** The workload whose label it bore before, where it was seen to lose it. */
  readonly released: string | undefined;
  /** Who gave it the workload's label that it bears, where that was not who made it. */
  readonly relabelledBy: FieldManager | undefined;
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
  /** What of that was changed while it lived. */
  readonly laterChanges: LaterChanges;
  readonly tolerations: readonly string[];
  /** Those of them that were put on it while it lived. */
  readonly addedTolerations: readonly string[];
  /** The cloud identity whose webhook may have added to it: the workload's when the pod was first seen. */
  readonly identity: Identity | undefined;
  /** The ids of the policies it breaks that answer to Pod Security. */
  readonly breaks: readonly string[];
  /** The copies of ConfigMaps that it mounts or reads. */
  readonly copies: readonly string[];
  readonly isReady: boolean;
  /** The names of the persistent volume claims that it mounts. */
  readonly claims: readonly string[];
  /** Why something other than its controller takes it away, as Kubernetes calls it. */
  readonly disruption: string | undefined;
  /** Why it does not run, in a word or two that stay the same while it does not. */
  readonly trouble: string | undefined;
  /** What of its containers may be unusual. */
  readonly facts: PodFacts;
  readonly changedBy: FieldManager | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

type Items = readonly { readonly key?: string }[];

interface Spec {
  readonly schedulingGates?: readonly { readonly name: string }[];
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName?: string; readonly items?: Items };
    readonly projected?: {
      readonly sources?: readonly { readonly secret?: { readonly name?: string; readonly items?: Items } }[];
    };
  }[];
}

export const policiesBroken = (spec: PodSpec): readonly string[] => [
  ...new Set(checkPodSecurity(spec).map(({ policy }) => policy)),
];

export interface PodSighting {
  readonly identity: Identity | undefined;
  /** What its owner makes pods from, where that is known. */
  readonly ofOwner?: PodParts | undefined;
  readonly changedBy: FieldManager | undefined;
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
  { identity, ofOwner, changedBy, nowMs }: PodSighting,
): PodRecord {
  const { metadata } = object;
  const spec = object["spec"] as PodSpec;
  const workload = workloadLabelOf(object);
  const lost = previous?.workload === workload ? undefined : previous?.workload;
  const tolerations = tolerationsOf(spec);
  const maker = findFieldManager(metadata.managedFields ?? [], [MAKER_FIELD], "");
  const parts = shared(podParts(spec, { podName: metadata.name, identity }), previous?.parts, ofOwner);
  const same = previous?.uid === metadata.uid ? previous : undefined;
  return {
    uid: metadata.uid ?? "",
    workload,
    released: lost ?? previous?.released,
    relabelledBy: relabelledBy(metadata, maker),
    account: spec.serviceAccountName ?? "default",
    createdMs: createdMsOf(object),
    ...statedOf(metadata),
    owner: ownerOf(object),
    isMadeByController: maker?.certain === true && maker.manager === CONTROLLER_MANAGER,
    ips: addressesOf(object),
    parts,
    laterChanges: laterChanges(metadata, parts, same, maker),
    tolerations,
    addedTolerations: addedTolerations(tolerations, previous, metadata.managedFields ?? []),
    identity,
    breaks: policiesBroken(spec),
    copies: copiesIn(spec),
    isReady: isReady(object),
    claims: claimsIn(spec),
    disruption: disruptionOf(object),
    trouble: heldBy(object) ?? troubleOf(object),
    facts: podFacts(object),
    changedBy,
    seenMs: nowMs,
  };
}

function relabelledBy(
  { managedFields = [] }: KubeObject["metadata"],
  maker: FieldManager | undefined,
): FieldManager | undefined {
  const labeller = findFieldManager(managedFields, [["metadata", "labels", WORKLOAD_LABEL]], "");
  return labeller?.certain === true && labeller.manager !== maker?.manager ? labeller : undefined;
}

const statedOf = ({ deletionTimestamp, deletionGracePeriodSeconds, labels, annotations }: KubeObject["metadata"]) => ({
  deleting: deletionTimestamp !== undefined,
  graceSeconds: deletionGracePeriodSeconds,
  labels: labels ?? {},
  isMirror: annotations?.[MIRROR_ANNOTATION] !== undefined,
});

/** The workloads that a pod is of, or could be: by its label, by one that it lost, by its account. */
export const claimsOf = (
  { workload, released, account }: Pick<PodRecord, "workload" | "released" | "account">,
  namespace: string | undefined,
): readonly string[] => [
  ...new Set([workload, released, account].flatMap((name) => (name === undefined ? [] : [`${namespace}/${name}`]))),
];

/** A foreign finalizer keeps the pod, and so its name, after its end (DRIFT 35). */
function heldBy({ metadata }: KubeObject): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  const foreign = metadata.finalizers?.find((finalizer) => !POD_FINALIZERS.has(finalizer));
  return foreign === undefined ? undefined : `pod ${metadata.name} cannot terminate: finalizer ${foreign} blocks it`;
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
  return [...new Set(copiesBelow(spec))].sort();
}

function isReady(pod: KubeObject): boolean {
  const { conditions = [] } = (pod["status"] ?? {}) as PodStatus;
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

const claimsIn = ({ volumes = [] }: PodSpec): readonly string[] =>
  volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

const copiesBelow = (value: unknown): readonly string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, field]) => [
        ...(/^configMap/.test(key) ? copyNamedBy(field) : []),
        ...copiesBelow(field),
      ]);

function copyNamedBy(reference: unknown): readonly string[] {
  const name = (reference as { readonly name?: unknown } | null)?.name;
  return typeof name === "string" && readCopyName(name) !== undefined ? [name] : [];
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

/** Every pod waits for these for a moment. */
const ORDINARY_WAITS: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing"]);

/** This reason's message names the missing object and is stable; other messages count seconds or quote the container. */
const TELLING = "CreateContainerConfigError";

export function troubleOf(pod: KubeObject): string | undefined {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = (pod["status"] ?? {}) as PodStatus;
  const containers = [...initContainerStatuses, ...containerStatuses];
  const waiting = containers.map(waitOf).find((wait) => wait !== undefined);
  if (waiting !== undefined) return waiting;
  const says = (type: string) => conditions.find((condition) => condition.type === type);
  const scheduled = says("PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable")
    return "no node can run the pod (Unschedulable)";
  const { schedulingGates = [] } = (pod["spec"] ?? {}) as Spec;
  if (schedulingGates.length > 0) return waitForGates(schedulingGates.map(({ name }) => name));
  return says("PodReadyToStartContainers")?.status === "False" && containers.length > 0
    ? missingVolumes(pod["spec"] as Spec | undefined)
    : undefined;
}

/** A webhook or policy put them on the pod when it was created; its controller lets the pod go. */
const waitForGates = (names: readonly string[]): string =>
  `the pod waits for the scheduling gates ${[...names].sort().join(", ")}: ask the team whose admission sets them, and look at that controller's queue`;

/** As runc and crun say that a filesystem has no idmapped mounts. */
const NOT_MAPPABLE = /MOUNT_ATTR_IDMAP|mount_setattr|idmap(ped)? mount/;

function waitOf({ name, state }: ContainerStatus): string | undefined {
  const { reason, message } = state?.waiting ?? {};
  if (reason === undefined || ORDINARY_WAITS.has(reason)) return undefined;
  if (NOT_MAPPABLE.test(message ?? ""))
    return `container ${name}: the filesystem of a claim cannot be mapped into the user namespace of the pod: use a StorageClass with ext4 or xfs on a disk, or ask the platform team for a SecurityException that lifts no-host-users`;
  return `container ${name}: ${reason}${reason === TELLING && message !== undefined ? ` (${message.slice(0, 200)})` : ""}`;
}

/**
 * A pod without its volumes has no sandbox (KEP-3085), and its status does not say which of them it waits for. Claims are
 * seen to by the scheduler and ConfigMaps by this operator, which may not look for Secrets.
 */
function missingVolumes(spec: Spec | undefined): string | undefined {
  const named = (spec?.volumes ?? []).flatMap(({ secret, projected }) => [
    withKeys(secret?.secretName, secret?.items),
    ...(projected?.sources ?? []).map((source) => withKeys(source.secret?.name, source.secret?.items)),
  ]);
  const secrets = [...new Set(named.filter((name) => name !== undefined))].sort();
  if (secrets.length === 0) return undefined;
  return `the pod waits for its volumes, including Secret ${secrets.join(", Secret ")}`;
}

/** A Secret that is there may still lack a key that a volume names. */
function withKeys(name: string | undefined, items: Items = []): string | undefined {
  const keys = items.flatMap(({ key }) => key ?? []);
  return name === undefined || keys.length === 0 ? name : `${name} (key ${keys.join(", ")})`;
}
