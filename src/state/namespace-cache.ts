/** The cache of namespaces, with the writer of what keeps each closed. */
import type { Cache, CacheOptions, Clock, KubeObject } from "kopf-ts";
import { ENROLMENT_LABEL } from "../crds/group.ts";
import { NAMESPACE } from "../kubernetes/kinds.ts";
import { findFieldManager } from "../plan/field-owner.ts";
import { type NamespaceRecord, shapeNamespace } from "./records/namespace.ts";

interface NamespaceCacheOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
}

export const namespaceCache = ({ cache, clock, fieldManager }: NamespaceCacheOptions): Cache<NamespaceRecord> =>
  cache({
    resource: NAMESPACE,
    shape: (object) => shapeNamespace(object, markWriter(object, fieldManager), clock.monotonicMs()),
  });

/** The latest writer but us of what keeps a namespace closed. */
function markWriter(object: KubeObject, fieldManager: string) {
  const paths = Object.keys(object.metadata.labels ?? {})
    .filter((label) => label.startsWith("pod-security.kubernetes.io/") || label === ENROLMENT_LABEL)
    .map((label) => ["metadata", "labels", label]);
  return findFieldManager(object.metadata.managedFields ?? [], paths, fieldManager);
}
