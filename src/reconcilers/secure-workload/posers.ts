/**
 * Pods, and what makes them, that bear the label of a workload which is not there: others may let that workload in, whoever it will be (DRIFT 23). They
 * are seen to by one workload of the namespace, the oldest, since they are against none in particular.
 */
import { keyOf, nameOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { CONTROLLER_KINDS } from "./expand.ts";
import { endsSoon } from "./live-pods.ts";
import type { Offender } from "./offenders.ts";
import { POD } from "./resources/kinds.ts";

const DRIFT_CASE = "23";
const WHY = "it bears the label of a workload that is not there, which others may let in";

export function posers({ key, ref: { namespace } }: WorkloadRecord, { world }: Deps): readonly Offender[] {
  if (world.oldestIn(namespace)?.key !== key) return [];
  return [...posingPods(namespace, world), ...posingMakers(namespace, world)];
}

/** Whom a pod of `namespace` concerns, if it poses as what is not there. */
export function concernedByPose(pod: PodRecord, namespace: string, world: World): readonly string[] {
  const oldest = isPosing(pod, namespace, world) ? world.oldestIn(namespace) : undefined;
  return oldest === undefined ? [] : [oldest.key];
}

const isAbsent = (workload: string | undefined, namespace: string, world: World): boolean =>
  workload !== undefined && world.workloads.get(keyOf({ namespace, name: workload })) === undefined;

/** What a workload that went left behind was made by a controller, and goes by itself. */
const isPosing = (pod: PodRecord, namespace: string, world: World): boolean =>
  isAbsent(pod.workload, namespace, world) &&
  pod.owner === undefined &&
  !pod.isMadeByController &&
  !pod.isMirror &&
  !endsSoon(pod);

const posingPods = (namespace: string, world: World): readonly Offender[] =>
  world.pods.byIndex("labelledIn", namespace).flatMap((key): Offender[] => {
    const pod = world.pods.get(key);
    if (pod === undefined || !isPosing(pod, namespace, world)) return [];
    const { uid, culprit, seenMs } = pod;
    return [{ resource: POD, key, uid, driftCase: DRIFT_CASE, why: WHY, culprit, seenMs }];
  });

/** One of the workload's own name may be what it left behind: it is seen to as that. */
const posingMakers = (namespace: string, world: World): readonly Offender[] =>
  CONTROLLER_KINDS.flatMap(({ resource }) => {
    const cache = world.childrenOf(resource);
    return cache.byIndex("foreignIn", namespace).flatMap((key): Offender[] => {
      const record = cache.get(key);
      if (record?.type !== "foreign-maker" || record.owner !== undefined) return [];
      if (record.workload === nameOf(key).name || !isAbsent(record.workload, namespace, world)) return [];
      const { uid, culprit, seenMs } = record;
      return [{ resource, key, uid, driftCase: DRIFT_CASE, why: WHY, culprit, seenMs }];
    });
  });
