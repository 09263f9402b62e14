/**
 * Pods that somebody may have been inside of: whoever was may have left something, so that they are replaced once break-glass is over. They
 * are evicted and not deleted, so that disruption budgets hold; the oldest first, one after the other.
 */
import { ApiError, isConflict, isNotFound } from "../../kopf/api-error.ts";
import { nameOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import { type ExceptionEntry, isClosed } from "./excepted.ts";
import { POD } from "./resources/kinds.ts";

/** Until the pod before is gone, and its successor made. */
const NEXT_MS = 2_000;
/** Until the budget may have room again. */
const REFUSED_MS = 10_000;

/** Returns after how long to look again; undefined when there is none, or none any more. */
export async function replaceEntered(
  { key: workload, ref }: WorkloadRecord,
  entries: readonly ExceptionEntry[],
  { world, client, logger }: Deps,
  signal: AbortSignal,
): Promise<number | undefined> {
  const pods = world.pods.byIndex("workload", workload).flatMap((key) => {
    const pod = world.pods.get(key);
    return pod === undefined ? [] : [{ key, pod }];
  });
  const records = pods.map(({ pod }) => pod);
  const uids = entries.filter(isClosed).map((entry) => world.exceptions.entered.among(workload, entry, records));
  const entered = pods.filter(({ pod }) => uids.some((some) => some.has(pod.uid)));
  if (entered.length === 0) return undefined;
  const [oldest] = entered.filter(({ pod }) => !pod.deleting).sort(byAge);
  if (oldest === undefined || pods.some(({ pod }) => pod.deleting)) return NEXT_MS;
  const { name } = nameOf(oldest.key);
  logger.info({ pod: name }, "a pod that was open to break-glass is replaced");
  const metadata = { name, namespace: ref.namespace };
  const deleteOptions = { preconditions: { uid: oldest.pod.uid } };
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions };
  try {
    await client.create(POD, eviction, { subresource: "eviction", signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 429) return REFUSED_MS;
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  return NEXT_MS;
}

interface Keyed {
  readonly key: string;
  readonly pod: PodRecord;
}

const byAge = (a: Keyed, b: Keyed): number => a.pod.createdMs - b.pod.createdMs || (a.key < b.key ? -1 : 1);
