/**
 * Controllers of others whose pods pass for a workload's: by its label, which brings traffic and every access that others grant it, or by its
 * ServiceAccount. A deleted pod comes back for as long as its controller stands, so the controller goes (DRIFT 24, 26).
 */

import type { Resource } from "kopf-ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { REPLICA_SET } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { PodControllerFacts } from "../state/records/foreign-controller.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, type Finding, type ForeignObject, foundObject } from "./foreign-object.ts";
import { foreignBy, recordsBy } from "./indexed.ts";
import { ownsAccount } from "./own-children.ts";
import { isPreviousOrOwn } from "./pod-owner.ts";

const CONTROLLERS = CONTROLLER_KINDS.map(({ resource }) => resource);

export const podControllers: Detector = {
  resources: [...CONTROLLERS, REPLICA_SET],
  driftCases: ["24", "26"],
  protects: undefined,
  detect: (workload, state) => [
    ...CONTROLLERS.flatMap((resource) => controllersOf(resource, workload, state)),
    ...replicaSets(workload, state),
  ],
};

function controllersOf(resource: Resource, workload: WorkloadRecord, state: ClusterState): readonly ForeignObject[] {
  const cache = state.childrenOf(resource);
  return foreignBy("pod-controller", cache, "claims", workload.key).flatMap(([key, record]) => {
    const finding = findingOf(record.facts, workload, state);
    return finding === undefined ? [] : [foundObject(resource, key, record, finding)];
  });
}

/** Those of a Deployment go with it. One without a controller that carries our label is adopted by our Deployment at once. */
function replicaSets(workload: WorkloadRecord, state: ClusterState): readonly ForeignObject[] {
  return recordsBy(state.replicaSets, "claims", workload.key).flatMap(([key, record]) => {
    if (isPreviousOrOwn(record, workload, state)) return [];
    const finding = findingOf(record, workload, state);
    return finding === undefined ? [] : [foundObject(REPLICA_SET, key, record, finding)];
  });
}

function findingOf(
  { workload: label, owner, createdMs }: Pick<PodControllerFacts, "workload" | "owner" | "createdMs">,
  workload: WorkloadRecord,
  state: ClusterState,
): Finding | undefined {
  const of = owner === undefined ? "" : ` and belongs to ${owner.kind}/${owner.name}`;
  const whileObserved = "goesIfLater";
  if (label === workload.ref.name)
    return { driftCase: "24", why: `makes pods with this workload's label${of}`, whileObserved };
  if (createdMs < workload.createdMs || !ownsAccount(workload, state)) return undefined;
  return { driftCase: "26", why: `makes pods that run as this workload's ServiceAccount${of}`, whileObserved };
}
