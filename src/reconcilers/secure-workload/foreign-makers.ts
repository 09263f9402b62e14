/**
 * What makes pods that pose as a workload's: by its label, which brings traffic and every way that others open to it, or by its
 * ServiceAccount. A pod that is deleted comes back for as long as its maker stands, so the maker goes (DRIFT 24, 26).
 */
import type { Deps } from "../deps.ts";
import type { ForeignMakerRecord } from "../foreign-maker.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { CONTROLLER_KINDS } from "./expand.ts";
import { isPreviousOrOwn, ownsAccount } from "./makers.ts";
import type { Offender } from "./offenders.ts";
import { REPLICA_SET } from "./resources/kinds.ts";

export function foreignMakers(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  const controllers = CONTROLLER_KINDS.flatMap(({ resource }) => {
    const cache = world.childrenOf(resource);
    return cache.byIndex("maker", workload.key).flatMap((key) => {
      const record = cache.get(key);
      return record?.type === "foreign-maker" ? offenderOf(resource, key, record, workload, world) : [];
    });
  });
  return [...controllers, ...foreignReplicaSets(workload, world)];
}

/** Those of a Deployment go with it. One that nobody controls and that bears our label becomes our Deployment's at once. */
function foreignReplicaSets(workload: WorkloadRecord, world: World): readonly Offender[] {
  return world.replicaSets.byIndex("maker", workload.key).flatMap((key) => {
    const record = world.replicaSets.get(key);
    if (record === undefined || isPreviousOrOwn(record, workload, world)) return [];
    return offenderOf(REPLICA_SET, key, record, workload, world);
  });
}

function offenderOf(
  resource: Offender["resource"],
  key: string,
  record: Omit<ForeignMakerRecord, "type">,
  workload: WorkloadRecord,
  world: World,
): readonly Offender[] {
  const { uid, owner, culprit, seenMs } = record;
  const by = owner === undefined ? "" : `, and is itself made by ${owner.kind}/${owner.name}`;
  const found = { resource, key, uid, culprit, seenMs };
  if (record.workload === workload.ref.name)
    return [{ ...found, driftCase: "24", why: `it makes pods that bear this workload's label${by}` }];
  if (record.createdMs < workload.createdMs || !ownsAccount(workload, world)) return [];
  return [{ ...found, driftCase: "26", why: `it makes pods that run under this workload's ServiceAccount${by}` }];
}
