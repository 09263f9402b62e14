/**
 * ReplicaSets and runs of the workload's own controllers whose template the workload never had: made while somebody else's change stood, or edited.
 * They go at once, for a rollout would keep their pods until new ones are ready (DRIFT 19, 20, 83). A ControllerRevision makes nothing by itself.
 */
import type { Resource } from "kopf-ts";
import { CRON_JOB, DEPLOYMENT, JOB, REPLICA_SET } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { TemplateRecord } from "../state/records/template.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, type Finding, foundObject } from "./foreign-object.ts";
import { recordsBy } from "./indexed.ts";
import { ownChild } from "./own-children.ts";
import { isCompared } from "./pod-owner.ts";

export const podTemplates: Detector = {
  resources: [REPLICA_SET, JOB],
  driftCases: ["19", "20"],
  protects: ["controller"],
  detect: (workload, state) => {
    if (!isCompared(workload, state)) return [];
    return [...replicaSetsOf(workload, state), ...runsOf(workload, state)].flatMap(([resource, key, template]) =>
      state.ledger.explains(workload, template, state.podGuard.covers(workload.ref.namespace, template))
        ? []
        : [foundObject(resource, key, template, findingOf(template))],
    );
  },
};

const findingOf = ({ isEdited }: TemplateRecord): Finding =>
  isEdited
    ? { driftCase: "20", why: "has a template that was edited", ...OWN_REVISION }
    : { driftCase: "19", why: "has a template that this workload never had", ...OWN_REVISION };

const OWN_REVISION = { isUnexplained: true, whileObserved: "goes" } as const;

type Made = readonly [Resource, string, TemplateRecord];

function replicaSetsOf(workload: WorkloadRecord, state: ClusterState): readonly Made[] {
  const owner = ownChild(DEPLOYMENT, workload, state);
  if (owner === undefined) return [];
  return recordsBy(state.replicaSets, "owner", owner.uid).map(([key, template]) => [REPLICA_SET, key, template]);
}

/** One that ended makes no pod any more: it is history. */
function runsOf(workload: WorkloadRecord, state: ClusterState): readonly Made[] {
  const owner = ownChild(CRON_JOB, workload, state);
  if (owner === undefined) return [];
  return recordsBy(state.childrenOf(JOB), "run", owner.uid).flatMap(([key, record]): readonly Made[] =>
    record.type === "run" && !record.isEnded ? [[JOB, key, record]] : [],
  );
}
