/** EndpointSlices that the control plane does not keep: the Service they stand for and where they lead (DRIFT 50). */
import type { KubeObject } from "kopf-ts";
import { ownerOf } from "../../kubernetes/metadata.ts";

/**
 * What the controller of EndpointSlices manages is not asked for, since it is by far the most. A slice that only claims to be so is put
 * right or removed by that controller itself, wherever its Service has a selector, as all of ours have.
 */
export const NOT_OF_THE_CONTROLLER = "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io";

const SERVICE_NAME = "kubernetes.io/service-name";

export interface EndpointSliceFacts {
  readonly about: "endpoint-slice";
  /** The name of the Service that it gives endpoints to. */
  readonly service: string;
  readonly addresses: readonly string[];
  /** The Endpoints that it mirrors: deleted alone, it would be created again. */
  readonly mirrorOf: { readonly name: string; readonly uid: string } | undefined;
}

/** Undefined for one without a Service: nothing routes by it. */
export function endpointSliceFacts(live: KubeObject): EndpointSliceFacts | undefined {
  const service = live.metadata.labels?.[SERVICE_NAME];
  if (service === undefined) return undefined;
  const endpoints = (live["endpoints"] ?? []) as readonly { readonly addresses?: readonly string[] }[];
  const owner = ownerOf(live);
  return {
    about: "endpoint-slice",
    service,
    addresses: endpoints.flatMap(({ addresses = [] }) => addresses),
    mirrorOf: owner?.kind === "Endpoints" ? { name: owner.name, uid: owner.uid } : undefined,
  };
}
