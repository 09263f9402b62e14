/** Which changes of the cluster's ways to expose hosts, and of who claims them, wake which workloads. */
import type { CacheChange } from "../../kopf/cache.ts";
import { from, type Mapped, type Source } from "../../kopf/operator.ts";
import { HTTP_ROUTE } from "../secure-workload/resources/kinds.ts";
import type { World } from "../world.ts";

/** A Gateway's status moves all the time; only what is kept of it counts. */
const isSame = ({ old, new: now }: CacheChange<unknown>): boolean => JSON.stringify(old) === JSON.stringify(now);

export function exposureSources(world: World): readonly Source[] {
  const exposing = (change: CacheChange<unknown>): readonly Mapped[] =>
    isSame(change) ? [] : world.granted.claims.workloads();
  return [
    from(world.granted.ingressClasses, exposing),
    from(world.granted.gateways, exposing),
    // A grant that comes or goes in one namespace can turn a contest in another.
    from(world.granted.baselines, ({ old, new: now }) =>
      old?.generation === now?.generation ? [] : world.granted.claims.rivals(),
    ),
    wakes((wake) => world.granted.claims.onChange(wake)),
    wakes((wake) => world.childrenOf(HTTP_ROUTE).onServed(() => wake(world.granted.claims.workloads()))),
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
export const waySources = (world: World, key: string): readonly Source[] => [
  from(world.granted.ingressClasses, (change) => (isSame(change) ? [] : [key])),
  from(world.granted.gateways, (change) => (isSame(change) ? [] : [key])),
];
