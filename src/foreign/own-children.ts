/** What of a workload stands and is its own. Everything that is done to foreign objects is done on behalf of one of these. */

import { keyOf, type Resource } from "kopf-ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { SERVICE, SERVICE_ACCOUNT } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { ChildRecord } from "../state/records/child.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";

/** The workload's child of this kind, of the same name as the workload; undefined where it is missing, or is somebody else's. */
export function ownChild(resource: Resource, { key }: WorkloadRecord, state: ClusterState): ChildRecord | undefined {
  const record = state.childrenOf(resource).get(key);
  return record?.type === "child" && record.ours ? record : undefined;
}

export const ownsController = (workload: WorkloadRecord, state: ClusterState): boolean =>
  CONTROLLER_KINDS.some(({ resource }) => ownChild(resource, workload, state) !== undefined);

export const ownsAccount = (workload: WorkloadRecord, state: ClusterState): boolean =>
  ownChild(SERVICE_ACCOUNT, workload, state) !== undefined;

/** The Services that a workload may have, as `namespace/name`. */
export const serviceKeys = (workload: WorkloadRecord, { serviceNames }: ClusterState): readonly string[] => {
  const { namespace, name } = workload.ref;
  return serviceNames
    .kindsOf(workload)
    .filter(({ resource }) => resource === SERVICE)
    .map(({ nameFor }) => keyOf({ namespace, name: nameFor(name) }));
};

/** Those that it has. One that was somebody's before the workload is not among them. */
export const ownServices = (workload: WorkloadRecord, state: ClusterState): readonly string[] =>
  serviceKeys(workload, state).filter((key) => {
    const record = state.childrenOf(SERVICE).get(key);
    return record?.type === "child" && record.ours;
  });
