/** Autoscalers of others on what a SecureWorkload declares: how many pods, and of what size (DRIFT 28). */

import { type Cache, keyOf, nameOf, type Resource } from "kopf-ts";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { kedaAutoscalerName } from "../expand/scaled-object.ts";
import {
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  REPLICA_SET,
  SCALED_OBJECT,
  VERTICAL_POD_AUTOSCALER,
} from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { AnyChildRecord } from "../state/records/child.ts";
import type { AutoscalerFacts } from "../state/records/foreign-autoscaler.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, foundObject } from "./foreign-object.ts";
import { foreignBy } from "./indexed.ts";
import { ownChild } from "./own-children.ts";

const AUTOSCALERS = [HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT, VERTICAL_POD_AUTOSCALER];

export const autoscalers: Detector = {
  resources: AUTOSCALERS,
  driftCases: ["28"],
  protects: ["controller"],
  detect: (workload, state) =>
    AUTOSCALERS.flatMap((resource) => {
      const cache: Pick<Cache<AnyChildRecord>, "byIndex" | "get"> = resource === VERTICAL_POD_AUTOSCALER
        ? state.verticalAutoscalers
        : state.childrenOf(resource);
      return foreignBy("autoscaler", cache, "scaled", workload.key).flatMap(([key, record]) => {
        if (resource === HORIZONTAL_POD_AUTOSCALER && isMadeByKeda(key, record.facts, workload, state)) return [];
        const why = reasonFor(resource, record.facts, workload, state);
        return why === undefined ? [] : [foundObject(resource, key, record, { driftCase: "28", why })];
      });
    }),
};

/** Why the autoscaler may not stay; undefined when it may. */
function reasonFor(
  resource: Resource,
  { target }: AutoscalerFacts,
  workload: WorkloadRecord,
  state: ClusterState,
): string | undefined {
  const controller = CONTROLLER_KINDS.find(
    ({ resource: { kind, group } }) => kind === target.kind && group === target.group,
  );
  if (controller !== undefined)
    return ownChild(controller.resource, workload, state) === undefined
      ? undefined
      : `scales this workload's ${target.kind}, whose size its SecureWorkload declares`;
  if (target.kind === REPLICA_SET.kind && target.group === REPLICA_SET.group)
    return isOwnReplicaSet(target.name, workload, state) ? "scales a ReplicaSet of this workload" : undefined;
  // Through the scale subresource of the SecureWorkload the number of pods may be set, which then declares it; their size may not.
  const isWorkload = target.kind === SECURE_WORKLOAD.kind && target.group === SECURE_WORKLOAD.group;
  return isWorkload && resource === VERTICAL_POD_AUTOSCALER
    ? "changes the resources of this workload's pods"
    : undefined;
}

/** What KEDA makes of our own ScaledObject, by its name and its controller's uid: KEDA would repair a copy of both. */
function isMadeByKeda(
  key: string,
  { ownerUid }: AutoscalerFacts,
  workload: WorkloadRecord,
  state: ClusterState,
): boolean {
  const scaledObject = ownChild(SCALED_OBJECT, workload, state);
  return (
    scaledObject !== undefined &&
    scaledObject.uid === ownerUid &&
    nameOf(key).name === kedaAutoscalerName(workload.ref.name)
  );
}

function isOwnReplicaSet(name: string, workload: WorkloadRecord, state: ClusterState): boolean {
  const owner = state.replicaSets.get(keyOf({ namespace: workload.ref.namespace, name }))?.owner?.uid;
  return owner !== undefined && owner === ownChild(DEPLOYMENT, workload, state)?.uid;
}
