/** What an autoscaler that is not ours scales (DRIFT 28). */
import type { KubeObject } from "kopf-ts";
import { SCALED_OBJECT, VERTICAL_POD_AUTOSCALER } from "../../kubernetes/kinds.ts";
import { controllerOf } from "../../kubernetes/metadata.ts";
import type { ReplicaRange } from "../../plan/replicas.ts";

/** Of an autoscaler of any kind: HorizontalPodAutoscaler, VerticalPodAutoscaler, KEDA's ScaledObject. */
export interface AutoscalerFacts {
  readonly about: "autoscaler";
  readonly target: ScaleTarget;
  /** The name of the workload that the target would be, or would belong to. */
  readonly workload: string;
  /** Within which numbers of pods it acts; undefined for one that sets no number. */
  readonly range: ReplicaRange | undefined;
  /** The uid of the object that controls it. */
  readonly ownerUid: string | undefined;
}

export interface ScaleTarget {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

interface TargetReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
}

interface AutoscalerSpec {
  readonly scaleTargetRef?: TargetReference;
  readonly targetRef?: TargetReference;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
  readonly updatePolicy?: { readonly updateMode?: string };
}

/** Undefined for one that scales nothing, or only gives advice. */
export function autoscalerFacts(live: KubeObject): AutoscalerFacts | undefined {
  const spec = (live["spec"] ?? {}) as AutoscalerSpec;
  if (live.kind === VERTICAL_POD_AUTOSCALER.kind && spec.updatePolicy?.updateMode === "Off") return undefined;
  const target = targetOf(live.kind, spec);
  if (target === undefined) return undefined;
  return {
    about: "autoscaler",
    target,
    workload: workloadOf(target),
    range: rangeOf(live.kind, spec),
    ownerUid: controllerOf(live)?.uid,
  };
}

/** With the defaults of Kubernetes and of KEDA. */
function rangeOf(kind: string, spec: AutoscalerSpec): ReplicaRange | undefined {
  if (kind === SCALED_OBJECT.kind) return { min: spec.minReplicaCount ?? 0, max: spec.maxReplicaCount ?? 100 };
  return spec.maxReplicas === undefined ? undefined : { min: spec.minReplicas ?? 1, max: spec.maxReplicas };
}

/** KEDA takes a target without a kind for a Deployment. */
function targetOf(kind: string, spec: AutoscalerSpec): ScaleTarget | undefined {
  const { apiVersion, kind: targetKind, name } = spec.scaleTargetRef ?? spec.targetRef ?? {};
  const byDefault = kind === SCALED_OBJECT.kind ? { apiVersion: "apps/v1", kind: "Deployment" } : {};
  const scaled = { ...byDefault, ...(apiVersion ? { apiVersion } : {}), ...(targetKind ? { kind: targetKind } : {}) };
  if (scaled.kind === undefined || name === undefined) return undefined;
  return { group: groupOf(scaled.apiVersion ?? ""), kind: scaled.kind, name };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

/** A Deployment's ReplicaSets are called after it. */
function workloadOf({ kind, name }: ScaleTarget): string {
  const hyphen = name.lastIndexOf("-");
  return kind === "ReplicaSet" && hyphen > 0 ? name.slice(0, hyphen) : name;
}
