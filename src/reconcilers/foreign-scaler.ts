/** Autoscalers that are not ours, kept as what they scale (DRIFT 28). Which of them offend is for `offenders` to say. */
import type { KubeObject, ObjectName } from "../kopf/object.ts";
import { keyOf } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";
import { controllerOf } from "./records.ts";
import { SCALED_OBJECT, VERTICAL_POD_AUTOSCALER } from "./secure-workload/resources/kinds.ts";

/** An autoscaler of any kind: HorizontalPodAutoscaler, VerticalPodAutoscaler, KEDA's ScaledObject. */
export interface ForeignScalerRecord {
  readonly type: "foreign-scaler";
  readonly uid: string;
  readonly target: ScaleTarget;
  /** The workload that the target would be, or would belong to, by its name. */
  readonly workload: string;
  /** The object that controls it. */
  readonly ownerUid: string | undefined;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export interface ScaleTarget {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

interface ScalerSpec {
  readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  readonly targetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  readonly updatePolicy?: { readonly updateMode?: string };
}

/** What is kept of an autoscaler that is no child; undefined for one that scales nothing, or only gives advice. */
export function shapeForeignScaler(
  live: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
): ForeignScalerRecord | undefined {
  const spec = (live["spec"] ?? {}) as ScalerSpec;
  if (live.kind === VERTICAL_POD_AUTOSCALER.kind && spec.updatePolicy?.updateMode === "Off") return undefined;
  const target = targetOf(live.kind, spec);
  if (target === undefined) return undefined;
  return {
    type: "foreign-scaler",
    uid: live.metadata.uid ?? "",
    target,
    workload: workloadKey(live.metadata, target),
    ownerUid: controllerOf(live)?.uid,
    culprit,
    seenMs,
  };
}

/** KEDA takes a target without a kind for a Deployment. */
function targetOf(kind: string, spec: ScalerSpec): ScaleTarget | undefined {
  const { apiVersion, kind: targetKind, name } = spec.scaleTargetRef ?? spec.targetRef ?? {};
  const byDefault = kind === SCALED_OBJECT.kind ? { apiVersion: "apps/v1", kind: "Deployment" } : {};
  const scaled = { ...byDefault, ...(apiVersion ? { apiVersion } : {}), ...(targetKind ? { kind: targetKind } : {}) };
  if (scaled.kind === undefined || name === undefined) return undefined;
  return { group: groupOf(scaled.apiVersion ?? ""), kind: scaled.kind, name };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

/** A Deployment's ReplicaSets are called after it. */
function workloadKey({ namespace = "" }: ObjectName, { kind, name }: ScaleTarget): string {
  const hyphen = name.lastIndexOf("-");
  return keyOf({ namespace, name: kind === "ReplicaSet" && hyphen > 0 ? name.slice(0, hyphen) : name });
}

/** Whether nothing changed that decides if it offends; an autoscaler's status is written every few seconds. */
export function isSameScaler(old: unknown, now: ForeignScalerRecord): boolean {
  return (
    isForeignScaler(old) &&
    old.uid === now.uid &&
    old.ownerUid === now.ownerUid &&
    JSON.stringify(old.target) === JSON.stringify(now.target)
  );
}

export const isForeignScaler = (record: unknown): record is ForeignScalerRecord =>
  typeof record === "object" && record !== null && "type" in record && record.type === "foreign-scaler";
