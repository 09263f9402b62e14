/**
 * Pods that somebody may have been inside of: they may have left something, so the pods are replaced once break-glass is over. They are evicted, so that
 * disruption budgets hold; the oldest first, one after the other.
 */
import type { ClusterState } from "../../state/cluster-state.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { type ExceptionEntry, isClosed } from "./excepted.ts";

/** Until the pod before is gone, and its successor made. */
const NEXT_MS = 2_000;

export interface KeyedPod {
  readonly key: string;
  readonly pod: PodRecord;
}

/** The next pod to replace, and after how long to look again; undefined when there is none left. */
export function enteredPod(
  workload: WorkloadRecord,
  entries: readonly ExceptionEntry[],
  pods: readonly KeyedPod[],
  state: ClusterState,
): { readonly oldest: KeyedPod | undefined; readonly retryAfterMs: number } | undefined {
  const records = pods.map(({ pod }) => pod);
  const uids = entries.filter(isClosed).map((entry) => state.exceptions.entered.among(workload, entry, records));
  const entered = pods.filter(({ pod }) => uids.some((some) => some.has(pod.uid)));
  if (entered.length === 0) return undefined;
  const [oldest] = entered.filter(({ pod }) => !pod.deleting).sort(byAge);
  return { oldest: pods.some(({ pod }) => pod.deleting) ? undefined : oldest, retryAfterMs: NEXT_MS };
}

const byAge = (a: KeyedPod, b: KeyedPod): number => a.pod.createdMs - b.pod.createdMs || (a.key < b.key ? -1 : 1);
