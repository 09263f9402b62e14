/** What is kept of a pod and of what makes pods: enough to tell whether a pod is what its workload says. */

import type { Identity } from "../crds/v1alpha1/identity.ts";
import { hashOf } from "../kopf/causes.ts";
import type { KubeObject } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";
import { checkPodSecurity, type PodSpec } from "../policies/index.ts";
import { withoutInjected } from "./secure-workload/injected.ts";
import { readCopyName } from "./secure-workload/resources/configs.ts";

/** A pod that carries the label of a workload. */
export interface PodRecord {
  readonly uid: string;
  readonly workload: string | undefined;
  /** As they are by now: whoever may edit pods may have added some. */
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly deleting: boolean;
  /** What controls it. */
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  /** Of its spec without what controllers, scheduling and admission fill in: equal to its template's, or somebody else made or changed it. */
  readonly specDigest: string;
  /** The cloud identity whose webhook may have added to it: the workload's when the pod was first seen. */
  readonly identity: Identity | undefined;
  /** The ids of the policies it breaks that answer to Pod Security. */
  readonly breaks: readonly string[];
  /** The copies of ConfigMaps that it mounts or reads. */
  readonly copies: readonly string[];
  /** Why it does not run, in a word or two that stay the same while it does not. */
  readonly trouble: string | undefined;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** A template that pods are made from: a ReplicaSet, a ControllerRevision, a Job. */
export interface TemplateRecord {
  readonly uid: string;
  readonly ownerUid: string | undefined;
  readonly specDigest: string;
  /** The cloud identity of its pods. */
  readonly identity: Identity | undefined;
  readonly copies: readonly string[];
}

/** What the scheduler, the kubelet, the controllers and the built-in admission plugins fill in after a pod leaves its template. */
const FILLED_IN: ReadonlySet<string> = new Set([
  "nodeName",
  "priority",
  "preemptionPolicy",
  "tolerations",
  // A StatefulSet's pod is named by its ordinal, below the headless Service.
  "hostname",
  "subdomain",
]);

type Spec = Readonly<Record<string, unknown>> & {
  readonly volumes?: readonly (Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly persistentVolumeClaim?: { readonly claimName?: string };
    readonly secret?: { readonly secretName?: string };
    readonly projected?: { readonly sources?: readonly { readonly secret?: { readonly name?: string } }[] };
  })[];
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly { readonly matchFields?: unknown }[];
      };
    };
  };
};

/** What may differ between a pod and its template. */
export interface PodTraits {
  /** Of a live pod, whose own claims then count as its template's. */
  readonly podName?: string;
  /** The cloud identity whose webhook adds to it. */
  readonly identity?: Identity | undefined;
}

/** Equal for two pod specs that run the same. */
export function podSpecDigest(spec: unknown, { podName, identity }: PodTraits = {}): string {
  const { volumes, affinity, ...rest } = (withoutInjected(spec, identity) ?? {}) as Spec;
  const fields = Object.entries(rest).filter(([key]) => !FILLED_IN.has(key));
  const kept = (volumes ?? []).filter(
    ({ persistentVolumeClaim }) =>
      podName === undefined || persistentVolumeClaim?.claimName?.endsWith(`-${podName}`) !== true,
  );
  const placed = unpinned(affinity);
  return hashOf({
    ...Object.fromEntries(fields),
    volumes: kept,
    ...(placed === undefined ? {} : { affinity: placed }),
  });
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

/** The DaemonSet controller pins each pod to its node by the node's name, in every term that its template has, or in one of its own. */
function unpinned(affinity: Spec["affinity"]): Spec["affinity"] {
  const required = affinity?.nodeAffinity?.[REQUIRED];
  if (required === undefined) return affinity;
  const terms = (required.nodeSelectorTerms ?? []).flatMap(({ matchFields: _pin, ...term }) =>
    Object.keys(term).length === 0 ? [] : [term],
  );
  const { [REQUIRED]: _replaced, ...node } = affinity?.nodeAffinity ?? {};
  const nodeAffinity = terms.length === 0 ? node : { ...node, [REQUIRED]: { nodeSelectorTerms: terms } };
  const { nodeAffinity: _before, ...others } = affinity ?? {};
  const kept = Object.keys(nodeAffinity).length === 0 ? others : { ...others, nodeAffinity };
  return Object.keys(kept).length === 0 ? undefined : kept;
}

export const policiesBroken = (spec: PodSpec): readonly string[] => [
  ...new Set(checkPodSecurity(spec).map(({ policy }) => policy)),
];

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
