/** What made a pod: something of the workload's, something of somebody else's, or something that is not in view. */
import { keyOf } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import type { Owner, TemplateRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { CONTROLLER_KINDS } from "./expand.ts";
import {
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  JOB,
  REPLICA_SET,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from "./resources/kinds.ts";

export type Maker =
  /** The templates that it has, now or before. */
  | { readonly type: "ours"; readonly templates: readonly TemplateRecord[] }
  | { readonly type: "theirs"; readonly described: string; readonly createdMs: number | undefined }
  /** Gone, or not seen yet, or somebody's from before the workload: nothing is said of its pods. */
  | { readonly type: "unknown" };

const UNKNOWN: Maker = { type: "unknown" };

export function makerOf(owner: Owner, workload: WorkloadRecord, world: World): Maker {
  switch (owner.kind) {
    case REPLICA_SET.kind:
      return ofReplicaSet(owner, workload, world);
    case JOB.kind:
      return ofJob(owner, workload, world);
    case STATEFUL_SET.kind:
      return ofRevisions(STATEFUL_SET, owner, workload, world);
    case DAEMON_SET.kind:
      return ofRevisions(DAEMON_SET, owner, workload, world);
    default:
      return theirs(owner);
  }
}

const theirs = (owner: Owner, record?: Pick<TemplateRecord, "owner" | "createdMs">): Maker => {
  const of = record?.owner === undefined ? "" : ` of ${record.owner.kind}/${record.owner.name}`;
  return { type: "theirs", described: `${owner.kind}/${owner.name}${of}`, createdMs: record?.createdMs };
};

/** What an owner is to the workload. One of its child's name and of another uid is gone, and its dependents go after it. */
function relation(owner: Owner, resource: Resource, workload: WorkloadRecord, world: World): Maker["type"] {
  if (owner.kind !== resource.kind || owner.name !== workload.ref.name) return "theirs";
  const record = world.childrenOf(resource).get(workload.key);
  if (record === undefined) return "unknown";
  if (record.uid !== owner.uid) return "unknown";
  // Seen while there was no workload of this name, by one before this: it is judged as this one's child in a moment.
  if (record.type !== "child") return world.granted.specOf(workload)?.type === resource.kind ? "unknown" : "theirs";
  return record.verdict === "taken" ? "unknown" : "ours";
}

function ofReplicaSet(owner: Owner, workload: WorkloadRecord, world: World): Maker {
  const set = world.replicaSets.get(keyOf({ namespace: workload.ref.namespace, name: owner.name }));
  if (set === undefined || set.uid !== owner.uid) return UNKNOWN;
  switch (relationOfSet(set, workload, world)) {
    case "ours":
      return { type: "ours", templates: [set] };
    case "theirs":
      return theirs(owner, set);
    default:
      return UNKNOWN;
  }
}

/** One that lost its owner, or is about to be adopted, is the Deployment's again in a moment. */
const relationOfSet = (set: TemplateRecord, workload: WorkloadRecord, world: World): Maker["type"] =>
  set.owner === undefined
    ? set.workload === workload.ref.name
      ? "ours"
      : "theirs"
    : relation(set.owner, DEPLOYMENT, workload, world);

/** Whether a ReplicaSet is the workload's, goes with its Deployment, or was somebody's before. */
export const isPreviousOrOwn = (set: TemplateRecord, workload: WorkloadRecord, world: World): boolean =>
  relationOfSet(set, workload, world) !== "theirs" || set.owner?.kind === DEPLOYMENT.kind;

function ofJob(owner: Owner, workload: WorkloadRecord, world: World): Maker {
  const job = world.childrenOf(JOB).get(keyOf({ namespace: workload.ref.namespace, name: owner.name }));
  if (job === undefined || job.uid !== owner.uid) return UNKNOWN;
  if (job.type === "child")
    return job.verdict === "taken" || job.template === undefined
      ? UNKNOWN
      : { type: "ours", templates: [job.template] };
  if (job.type === "foreign-maker") return theirs(owner, job);
  if (job.type !== "run" || job.owner === undefined) return UNKNOWN;
  const type = relation(job.owner, CRON_JOB, workload, world);
  if (type === "theirs") return theirs(owner, job);
  return type === "ours" ? { type, templates: [job] } : UNKNOWN;
}

function ofRevisions(resource: Resource, owner: Owner, workload: WorkloadRecord, world: World): Maker {
  const type = relation(owner, resource, workload, world);
  if (type === "ours")
    return {
      type,
      templates: world.revisions.byIndex("owner", owner.uid).flatMap((key) => world.revisions.get(key) ?? []),
    };
  const record = world.childrenOf(resource).get(keyOf({ namespace: workload.ref.namespace, name: owner.name }));
  if (type === "unknown" || record?.uid !== owner.uid) return UNKNOWN;
  return theirs(owner, record.type === "foreign-maker" ? record : undefined);
}

/** Whether what runs the pods says what the workload says, or did until somebody changed it: only then is it known what its pods may be. */
export const isJudged = ({ key }: WorkloadRecord, world: World): boolean =>
  CONTROLLER_KINDS.some(({ resource }) => {
    const record = world.childrenOf(resource).get(key);
    return record?.type === "child" && (record.verdict === "conforms" || record.verdict === "drifted");
  });

/** Whether the ServiceAccount of the workload's name is the workload's, and not one that stood before. */
export function ownsAccount({ key }: WorkloadRecord, world: World): boolean {
  const account = world.childrenOf(SERVICE_ACCOUNT).get(key);
  return account?.type === "child" && account.verdict !== "taken" && account.verdict !== "unjudged";
}
