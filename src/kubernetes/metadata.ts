import type { KubeObject } from "kopf-ts";

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Whether a kubelet runs the pod from a file of its own: the API server holds no more than its mirror. */
export const isMirrorPod = ({ metadata }: KubeObject): boolean =>
  metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;

/** Milliseconds since the epoch, to the second; the server sets it and nobody can change it. */
export const createdMsOf = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

export const controllerOf = (object: KubeObject) =>
  object.metadata.ownerReferences?.find(({ controller }) => controller === true);

export function ownerOf(object: KubeObject): Owner | undefined {
  const owner = controllerOf(object);
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name, uid: owner.uid };
}
