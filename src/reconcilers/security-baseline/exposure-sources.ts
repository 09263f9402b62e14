/** Which changes of the cluster's ways to expose hosts, and of who claims them, wake which workloads. */
import { type CacheChange, type Mapped, mapChanges, type Source } from "kopf-ts";
import { HTTP_ROUTE } from "../../kubernetes/kinds.ts";
import type { ClusterState } from "../../state/cluster-state.ts";

/** A Gateway's status moves all the time; only what is kept of it counts. */
const isSame = ({ old, new: now }: CacheChange<unknown>): boolean => JSON.stringify(old) === JSON.stringify(now);

export function exposureSources(state: ClusterState): readonly Source[] {
  const exposing = (change: CacheChange<unknown>): readonly Mapped[] =>
    isSame(change) ? [] : state.granted.claims.workloads();
  return [
    mapChanges(state.granted.ingressClasses, exposing),
    mapChanges(state.granted.gateways, exposing),
    // A grant that comes or goes in one namespace can turn a contest in another.
    mapChanges(state.granted.baselines, ({ old, new: now }) =>
      old?.generation === now?.generation ? [] : state.granted.claims.rivals(),
    ),
    wakes((wake) => state.granted.claims.onChange(wake)),
    wakes((wake) => state.childrenOf(HTTP_ROUTE).onServed(() => wake(state.granted.claims.workloads()))),
  ];
}

const wakes = (listen: (wake: (keys: readonly string[]) => void) => unknown): Source => ({
  subscribe: (enqueue) => {
    listen((keys) => {
      for (const key of keys) enqueue(key, false);
    });
  },
});

/** The same for the baseline's own status. */
export const waySources = (state: ClusterState, key: string): readonly Source[] => [
  mapChanges(state.granted.ingressClasses, (change) => (isSame(change) ? [] : [key])),
  mapChanges(state.granted.gateways, (change) => (isSame(change) ? [] : [key])),
];
