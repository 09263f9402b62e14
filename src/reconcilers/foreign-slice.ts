/** EndpointSlices that the control plane does not keep, as the Service they speak for and where they lead (DRIFT 50). */
import type { KubeObject } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";
import { ownerOf } from "./records.ts";

/**
 * What the controller of EndpointSlices manages is not asked for, since it is by far the most. A slice that only claims to be so is put
 * right or removed by that controller itself, wherever its Service has a selector, as all of ours have.
 */
export const NOT_OF_THE_CONTROLLER = "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io";

const SERVICE_NAME = "kubernetes.io/service-name";

export interface ForeignSliceRecord {
  readonly uid: string;
  /** The name of the Service that it speaks for. */
  readonly service: string;
  readonly addresses: readonly string[];
  /** The uid of the Endpoints of which it is a mirror: while those stand, it is made anew. */
  readonly mirrorOf: { readonly name: string; readonly uid: string } | undefined;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** Undefined for one that speaks for no Service: nothing routes by it. */
export function shapeForeignSlice(
  live: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
): ForeignSliceRecord | undefined {
  const service = live.metadata.labels?.[SERVICE_NAME];
  if (service === undefined) return undefined;
  const endpoints = (live["endpoints"] ?? []) as readonly { readonly addresses?: readonly string[] }[];
  const owner = ownerOf(live);
  return {
    uid: live.metadata.uid ?? "",
    service,
    addresses: endpoints.flatMap(({ addresses = [] }) => addresses),
    mirrorOf: owner?.kind === "Endpoints" ? { name: owner.name, uid: owner.uid } : undefined,
    culprit,
    seenMs,
  };
}
