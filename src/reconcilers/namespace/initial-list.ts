/**
 * What stands in a namespace when its first workload comes: pods, and what makes them, are kept of namespaces with workloads alone,
 * so those that were told of before are asked for anew (DRIFT 80).
 */
import { mapChanges, type Outcome, type ReconcileContext, type Source, settled } from "kopf-ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { Deps } from "../deps.ts";

export function createFirstLook({ client, state }: Deps): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key: namespace, signal }) => {
    // Pods are compared with what made them, so that comes first.
    for (const cache of [state.replicaSets, state.revisions, state.pods]) {
      const { items } = await client.list(cache.resource, { namespace, signal });
      for (const object of items) cache.observe(object);
    }
    return settled();
  };
}

/** The namespaces that came to hold workloads after the caches were filled. */
export const firstLookSources = (state: ClusterState): readonly Source[] => [
  mapChanges(state.workloads, ({ type, initial, name: { namespace = "" } }) =>
    type === "added" && !initial && state.workloads.byIndex("namespace", namespace).length === 1 ? [namespace] : [],
  ),
];
