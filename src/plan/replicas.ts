/** The one field of a child that others may set, within bounds: the number of pods while an autoscaler acts. */
import type { KubeObject } from "kopf-ts";

export interface ReplicaRange {
  readonly min: number;
  readonly max: number;
}

/**
 * `desired` with the replicas of `live`, clamped to the range: that is what an autoscaler would do next, and nothing beyond it is
 * allowed (DRIFT 27).
 */
export function withLiveReplicas(desired: KubeObject, live: KubeObject, range: ReplicaRange | undefined): KubeObject {
  const replicas = replicasOf(live);
  if (range === undefined || replicas === undefined) return desired;
  const spec = (desired["spec"] ?? {}) as Readonly<Record<string, unknown>>;
  return { ...desired, spec: { ...spec, replicas: Math.min(Math.max(replicas, range.min), range.max) } };
}

/** `spec.replicas`, if the object has it. */
export function replicasOf(object: KubeObject): number | undefined {
  const { replicas } = (object["spec"] ?? {}) as { readonly replicas?: unknown };
  return typeof replicas === "number" ? replicas : undefined;
}
