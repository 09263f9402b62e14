/** Makes the grants of break-glass what they must be, and takes away those that are over, wherever they stand. */
import { type Cache, keyOf, nameOf, type ObjectName, type Resource } from "kopf-ts";
import { exceptionOfGrant, GRANT_RESOURCES, grantName } from "../../names.ts";
import type { AnyChildRecord } from "../../state/records/child.ts";
import type { ExceptionRecord } from "../../state/records/security-exception.ts";
import { syncTarget } from "../apply/children.ts";
import { announce } from "../apply/report-correction.ts";
import type { Deps } from "../deps.ts";

/** Grants that stood once: one of those that is missing was taken away. */
export type Stood = Set<string>;

export interface GrantContext {
  readonly stood: Stood;
  readonly deps: Deps;
  readonly signal: AbortSignal;
}

/** Returns after how long to try again; undefined when all of it is done. */
export async function syncGrants(
  exceptionName: string,
  exception: ExceptionRecord | undefined,
  context: GrantContext,
): Promise<number | undefined> {
  const { deps } = context;
  const name = grantName(exceptionName);
  const retries: number[] = [];
  // The Role first: the API server takes no binding to a Role that is not there from one who may not bind.
  for (const resource of GRANT_RESOURCES) {
    const cache = deps.state.childrenOf(resource);
    const wanted = exception === undefined ? [] : [{ name, namespace: nameOf(exception.workload).namespace ?? "" }];
    const places = new Map(
      [...standing(cache, resource, exceptionName), ...wanted].map((place) => [keyOf(place), place]),
    );
    for (const place of places.values()) {
      const retryAfterMs = await syncGrant(exceptionName, resource, place, context);
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
  { stood, deps, signal }: GrantContext,
): Promise<number | undefined> {
  const { state } = deps;
  if (state.granted.enforcement(place.namespace ?? "") === "Report") return undefined;
  const cache = state.childrenOf(resource);
  const desired = () => state.desiredGrant(resource, place.namespace ?? "", exception);
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
    const workload = state.exceptions.cache.get(exception)?.workload;
    announce(workload === undefined ? undefined : state.workloads.get(workload), correction, deps);
  }
  return problem?.retryAfterMs;
}
