/**
 * ReplicaSets and runs of the workload's own controllers whose template the workload never had: made while somebody else's change stood, or edited.
 * They go at once, for a rollout would keep their pods until new ones are ready (DRIFT 19, 20, 83). A ControllerRevision makes nothing by itself.
 */
import type { Resource } from "../../kopf/resource.ts";
import type { Deps } from "../deps.ts";
import type { TemplateRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { isJudged } from "./makers.ts";
import type { Offender } from "./offenders.ts";
import { CRON_JOB, DEPLOYMENT, JOB, REPLICA_SET } from "./resources/kinds.ts";

export function foreignTemplates(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  if (!isJudged(workload, world)) return [];
  return [...replicaSetsOf(workload, world), ...runsOf(workload, world)].flatMap(
    ([resource, key, template]): readonly Offender[] => {
      if (world.ledger.explains(workload.ref.uid, template)) return [];
      const { uid, isEdited, culprit, seenMs } = template;
      const why = isEdited ? "its template was edited" : "it is of a template that this workload never had";
      return [{ resource, key, uid, driftCase: isEdited ? "20" : "19", why, isUnexplained: true, culprit, seenMs }];
    },
  );
}

type Made = readonly [Resource, string, TemplateRecord];

function replicaSetsOf(workload: WorkloadRecord, world: World): readonly Made[] {
  const owner = ownUid(DEPLOYMENT, workload, world);
  if (owner === undefined) return [];
  return world.replicaSets.byIndex("owner", owner).flatMap((key): readonly Made[] => {
    const template = world.replicaSets.get(key);
    return template === undefined ? [] : [[REPLICA_SET, key, template]];
  });
}

function runsOf(workload: WorkloadRecord, world: World): readonly Made[] {
  const owner = ownUid(CRON_JOB, workload, world);
  if (owner === undefined) return [];
  const cache = world.childrenOf(JOB);
  return cache.byIndex("run", owner).flatMap((key): readonly Made[] => {
    const record = cache.get(key);
    return record?.type === "run" ? [[JOB, key, record]] : [];
  });
}

function ownUid(resource: Resource, { key }: WorkloadRecord, world: World): string | undefined {
  const record = world.childrenOf(resource).get(key);
  return record?.type === "child" ? record.uid : undefined;
}
