/** What a pod says of itself, as references that Kubernetes resolves. Every default of the API server is spelled out. */
import type { V1ObjectFieldSelector, V1ResourceFieldSelector } from "@kubernetes/client-node";

export const podField = ({ fieldPath }: { readonly fieldPath: string }): V1ObjectFieldSelector => ({
  apiVersion: "v1",
  fieldPath,
});

interface Amount {
  readonly resource: string;
  readonly divisor?: string | undefined;
}

/** Of the container itself, unless another is named: a volume has none of its own. */
export const resourceField = ({ resource, divisor }: Amount, containerName?: string): V1ResourceFieldSelector => ({
  ...(containerName === undefined ? {} : { containerName }),
  resource,
  divisor: divisor ?? "0",
});

export const optionalOf = (optional: boolean | undefined): { readonly optional?: true } =>
  optional === true ? { optional } : {};
