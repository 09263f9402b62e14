/** The cache of each child kind, indexed for the detectors of foreign objects. */
import type { Cache, CacheOptions, Resource } from "kopf-ts";
import { CHILD_KINDS, CHILD_RESOURCES } from "../expand/child-kinds.ts";
import { SCALED_OBJECT } from "../kubernetes/kinds.ts";
import type { ChildComparison } from "./child-comparison.ts";
import { CHILD_INDICES } from "./foreign-shapes.ts";
import type { AnyChildRecord } from "./records/child.ts";
import { NAMESPACED_CNI_POLICIES } from "./records/cni-policy.ts";

/** One for each child kind, filled after `facts`, which the children are built from. */
export function childCaches(
  cache: <R>(options: CacheOptions<R>) => Cache<R>,
  comparison: ChildComparison,
  facts: readonly Cache<unknown>[],
): ReadonlyMap<Resource, Cache<AnyChildRecord>> {
  const cacheOf = (resource: Resource, after: readonly Cache<unknown>[]): Cache<AnyChildRecord> =>
    cache<AnyChildRecord>({
      resource,
      shape: (object, previous) => comparison.shape(resource, object, previous),
      indices: CHILD_INDICES,
      after,
      ...(isOptional(resource) ? { optional: true } : {}),
    });
  // Whether KEDA is there decides about the others.
  const scaledObjects = cacheOf(SCALED_OBJECT, facts);
  const after = [...facts, scaledObjects as Cache<unknown>];
  const others = [...new Set([...CHILD_RESOURCES, ...NAMESPACED_CNI_POLICIES])].filter(
    (resource) => resource !== SCALED_OBJECT,
  );
  return new Map([
    [SCALED_OBJECT, scaledObjects],
    ...others.map((resource) => [resource, cacheOf(resource, after)] as const),
  ]);
}

const isOptional = (resource: Resource): boolean =>
  NAMESPACED_CNI_POLICIES.includes(resource) ||
  CHILD_KINDS.some((kind) => kind.resource === resource && kind.optional === true);
