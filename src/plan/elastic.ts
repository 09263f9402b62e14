/** The one field of a child that others decide within bounds: how many pods there are while an autoscaler acts. */
import type { KubeObject } from "../kopf/object.ts";

export interface ReplicaRange {
  readonly min: number;
  readonly max: number;
}

/**
 * `desired` with as many replicas as `live` has. Beyond the range, the nearest number inside: that is what an autoscaler
 * would do next, and nothing beyond it was ever allowed (DRIFT 27).
 */
export function withLiveReplicas(desired: KubeObject, live: KubeObject, range: ReplicaRange | undefined): KubeObject {
  const replicas = replicasOf(live);
  if (range === undefined || replicas === undefined) return desired;
  const spec = (desired["spec"] ?? {}) as Readonly<Record<string, unknown>>;
  return { ...desired, spec: { ...spec, replicas: Math.min(Math.max(replicas, range.min), range.max) } };
}

/** What an object's spec asks for, where it has such a number. */
export function replicasOf(object: KubeObject): number | undefined {
  const { replicas } = (object["spec"] ?? {}) as { readonly replicas?: unknown };
  return typeof replicas === "number" ? replicas : undefined;
}
