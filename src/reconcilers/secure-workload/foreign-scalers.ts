/** Autoscalers of others that reach for what a workload's own declaration decides: how many pods, and of what size (DRIFT 28). */
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import type { Cache } from "../../kopf/cache.ts";
import { keyOf, nameOf } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import type { Deps } from "../deps.ts";
import { type ForeignScalerRecord, isForeignScaler } from "../foreign-scaler.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { CONTROLLER_KINDS } from "./expand.ts";
import type { Offender } from "./offenders.ts";
import {
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  REPLICA_SET,
  SCALED_OBJECT,
  VERTICAL_POD_AUTOSCALER,
} from "./resources/kinds.ts";
import { kedaAutoscalerName } from "./resources/scaled-object.ts";

export function foreignScalers(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  return [HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT, VERTICAL_POD_AUTOSCALER].flatMap((resource) =>
    scalersOf(cacheOf(resource, world), workload.key).flatMap(([key, record]): readonly Offender[] => {
      const why = reason(resource, key, record, workload, world);
      if (why === undefined) return [];
      const { uid, culprit, seenMs } = record;
      return [{ resource, key, uid, driftCase: "28", why, culprit, seenMs }];
    }),
  );
}

const cacheOf = (resource: Resource, world: World): Cache<unknown> =>
  (resource === VERTICAL_POD_AUTOSCALER ? world.verticalAutoscalers : world.childrenOf(resource)) as Cache<unknown>;

function scalersOf(cache: Cache<unknown>, workload: string): readonly (readonly [string, ForeignScalerRecord])[] {
  return cache.byIndex("scaled", workload).flatMap((key) => {
    const record = cache.get(key);
    return isForeignScaler(record) ? [[key, record] as const] : [];
  });
}

/** Why the autoscaler may not stay; undefined when it may. */
function reason(
  resource: Resource,
  key: string,
  record: ForeignScalerRecord,
  workload: WorkloadRecord,
  world: World,
): string | undefined {
  const { group, kind } = record.target;
  const isController = CONTROLLER_KINDS.some(
    ({ resource: controller }) => controller.kind === kind && controller.group === group,
  );
  if (isController && !isMadeByKeda(resource, key, record, workload, world))
    return `it scales this workload's ${kind} beside what the workload declares`;
  if (kind === REPLICA_SET.kind && group === REPLICA_SET.group && isOwnReplicaSet(record, workload, world))
    return "it scales a ReplicaSet of this workload";
  // Through the scale subresource of the workload itself the number may be set, which says what it is; sizes may not.
  if (resource === VERTICAL_POD_AUTOSCALER && kind === SECURE_WORKLOAD.kind && group === SECURE_WORKLOAD.group)
    return "it changes the resources of this workload's pods";
  return undefined;
}

/** What KEDA makes of our own ScaledObject, by its name and its controller's uid: a copy of both would be put right by KEDA. */
function isMadeByKeda(
  resource: Resource,
  key: string,
  { ownerUid }: ForeignScalerRecord,
  { key: workloadKey, ref }: WorkloadRecord,
  world: World,
): boolean {
  return (
    resource === HORIZONTAL_POD_AUTOSCALER &&
    ownerUid !== undefined &&
    nameOf(key).name === kedaAutoscalerName(ref.name) &&
    world.childrenOf(SCALED_OBJECT).get(workloadKey)?.type === "child" &&
    world.childrenOf(SCALED_OBJECT).uid(workloadKey) === ownerUid
  );
}

function isOwnReplicaSet({ target }: ForeignScalerRecord, { key, ref }: WorkloadRecord, world: World): boolean {
  const owner = world.replicaSets.get(keyOf({ namespace: ref.namespace, name: target.name }))?.owner?.uid;
  return owner !== undefined && owner === world.childrenOf(DEPLOYMENT).uid(key);
}
