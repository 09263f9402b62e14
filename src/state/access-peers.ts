/** Which workloads name which others: whom a change concerns beside the workload itself. */

import { isDeepStrictEqual } from "node:util";
import { type CacheChange, keyOf } from "kopf-ts";
import { type Neighbourhood, namedPeers } from "./access-agreement.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** The other workloads whose agreement a change of one may move: those it named, those it names, and those that name it. */
export function concernedPeers(change: CacheChange<WorkloadRecord>, state: ClusterState): readonly string[] {
  const { key, old, new: now } = change;
  if (old !== undefined && now !== undefined && declaresTheSame(old, now)) return [];
  const named = [old, now].flatMap((record) => (record === undefined ? [] : namedPeers(record)));
  const concerned = new Set([...named, ...state.workloads.byIndex("names", key)]);
  concerned.delete(key);
  return [...concerned].filter((peer) => state.workloads.get(peer) !== undefined);
}

const declaresTheSame = (old: WorkloadRecord, now: WorkloadRecord): boolean =>
  old.ref.uid === now.ref.uid &&
  (old.spec === undefined) === (now.spec === undefined) &&
  isDeepStrictEqual(old.spec?.access, now.spec?.access) &&
  isDeepStrictEqual(old.spec?.ports, now.spec?.ports);

export function peersOf(workload: WorkloadRecord, state: ClusterState): Neighbourhood {
  return {
    find: (namespace, name) => state.workloads.get(keyOf({ namespace, name })),
    naming: state.workloads.byIndex("names", workload.key).flatMap((key) => state.workloads.get(key) ?? []),
  };
}
