/** Which workloads name which others: whom a change concerns beside the workload itself. */
import { isDeepStrictEqual } from "node:util";
import type { CacheChange } from "../../kopf/cache.ts";
import { keyOf } from "../../kopf/object.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { type Neighbourhood, namedBy } from "./agreement.ts";

/** The keys of the workloads that this one names in its access: an index of the workloads' cache. */
export function namedPeers({ ref, spec }: WorkloadRecord): readonly string[] {
  const { inbound = [], outbound = [] } = spec?.access ?? {};
  const keys = [...inbound, ...outbound].flatMap((entry) => {
    const named = namedBy(entry, ref);
    return named === undefined ? [] : [keyOf(named)];
  });
  return [...new Set(keys)];
}

/** The other workloads whose agreement a change of one may move: those it named, those it names, and those that name it. */
export function concernedPeers(change: CacheChange<WorkloadRecord>, world: World): readonly string[] {
  const { key, old, new: now } = change;
  if (old !== undefined && now !== undefined && declaresTheSame(old, now)) return [];
  const named = [old, now].flatMap((record) => (record === undefined ? [] : namedPeers(record)));
  const concerned = new Set([...named, ...world.workloads.byIndex("names", key)]);
  concerned.delete(key);
  return [...concerned].filter((peer) => world.workloads.get(peer) !== undefined);
}

const declaresTheSame = (old: WorkloadRecord, now: WorkloadRecord): boolean =>
  old.ref.uid === now.ref.uid &&
  (old.spec === undefined) === (now.spec === undefined) &&
  isDeepStrictEqual(old.spec?.access, now.spec?.access) &&
  isDeepStrictEqual(old.spec?.ports, now.spec?.ports);

export function neighbourhoodOf(workload: WorkloadRecord, world: World): Neighbourhood {
  return {
    find: (namespace, name) => world.workloads.get(keyOf({ namespace, name })),
    naming: world.workloads.byIndex("names", workload.key).flatMap((key) => world.workloads.get(key) ?? []),
  };
}
