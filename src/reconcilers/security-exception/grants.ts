/** Makes the grants of break-glass what they must be, and takes away those that are over, wherever they stand. */
import type { Cache } from "../../kopf/cache.ts";
import { keyOf, nameOf, type ObjectName } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { announce } from "../announce.ts";
import type { Deps } from "../deps.ts";
import { syncTarget } from "../secure-workload/children.ts";
import type { AnyChildRecord } from "../world.ts";
import { exceptionOfGrant, GRANT_RESOURCES, grantName } from "./break-glass.ts";
import type { ExceptionRecord } from "./record.ts";

/** Grants that stood once: one of those that is missing was taken away. */
export type Stood = Set<string>;

/** Returns after how long to try again; undefined when all of it is done. */
export async function syncGrants(
  exceptionName: string,
  exception: ExceptionRecord | undefined,
  stood: Stood,
  deps: Deps,
  signal: AbortSignal,
): Promise<number | undefined> {
  const name = grantName(exceptionName);
  const retries: number[] = [];
  // The Role first: the API server takes no binding to a Role that is not there from one who may not bind.
  for (const resource of GRANT_RESOURCES) {
    const cache = deps.world.childrenOf(resource);
    const wanted = exception === undefined ? [] : [{ name, namespace: nameOf(exception.workload).namespace ?? "" }];
    const places = new Map(
      [...standing(cache, resource, exceptionName), ...wanted].map((place) => [keyOf(place), place]),
    );
    for (const place of places.values()) {
      const retryAfterMs = await syncGrant(exceptionName, resource, place, stood, deps, signal);
      if (retryAfterMs !== undefined) retries.push(retryAfterMs);
    }
  }
  return retries.length === 0 ? undefined : Math.min(...retries);
}

const standing = (cache: Cache<AnyChildRecord>, resource: Resource, exception: string): readonly ObjectName[] =>
  [...cache.entries()].map(([key]) => nameOf(key)).filter(({ name }) => exceptionOfGrant(resource, name) === exception);

async function syncGrant(
  exception: string,
  resource: Resource,
  place: ObjectName,
  stood: Stood,
  deps: Deps,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { world } = deps;
  const cache = world.childrenOf(resource);
  const desired = () => world.desiredGrant(resource, place.namespace ?? "", exception);
  const mark = `${resource.kind}/${keyOf(place)}`;
  const isLost = stood.has(mark) && cache.get(keyOf(place)) === undefined;
  const missingSinceMs = isLost ? deps.clock.monotonicMs() : undefined;
  const { correction, problem } = await syncTarget(
    { resource, cache, name: place, desired, missingSinceMs },
    deps,
    signal,
  );
  if (desired() === undefined) stood.delete(mark);
  else if (problem === undefined) stood.add(mark);
  if (correction !== undefined) {
    const workload = world.exceptions.cache.get(exception)?.workload;
    announce(workload === undefined ? undefined : world.workloads.get(workload), correction, deps);
  }
  return problem?.retryAfterMs;
}
