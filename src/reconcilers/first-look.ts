/**
 * What stands in a namespace when its first workload comes: pods, and what makes them, are kept of namespaces with workloads alone,
 * so those that were told of before are asked for anew (DRIFT 80).
 */
import type { ReconcileContext } from "../kopf/controller.ts";
import { from, type Source } from "../kopf/operator.ts";
import { type Outcome, settled } from "../kopf/outcome.ts";
import type { Deps } from "./deps.ts";
import type { World } from "./world.ts";

export function createFirstLook({ client, world }: Deps): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key: namespace, signal }) => {
    // Pods are compared with what made them, so that comes first.
    for (const cache of [world.replicaSets, world.revisions, world.pods]) {
      const { items } = await client.list(cache.resource, { namespace, signal });
      for (const object of items) cache.observe(object);
    }
    return settled();
  };
}

/** The namespaces that came to hold workloads after the caches were filled. */
export const firstLookSources = (world: World): readonly Source[] => [
  from(world.workloads, ({ type, initial, name: { namespace = "" } }) =>
    type === "added" && !initial && world.workloads.byIndex("namespace", namespace).length === 1 ? [namespace] : [],
  ),
];
