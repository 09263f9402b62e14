/** What is kept of an object that is not ours and shares its kind with children of ours. Pure. */
import type { IndexFunction, KubeObject, Resource } from "kopf-ts";
import { ADOPT_LABEL } from "../crds/group.ts";
import { CRON_JOB, JOB, ROLE, ROLE_BINDING } from "../kubernetes/kinds.ts";
import { controllerOf, createdMsOf } from "../kubernetes/metadata.ts";
import { type FieldManager, findFieldManager } from "../plan/field-owner.ts";
import { shapeBinding, shapeRole } from "../rbac/records.ts";
import { BINDING_INDICES } from "./rbac-bindings.ts";
import type { AnyChildRecord, ChildRecord } from "./records/child.ts";
import {
  FOREIGN_INDICES,
  type ForeignFacts,
  type ForeignRecord,
  factsOf,
  foreignRecord,
  type Sighted,
} from "./records/foreign.ts";
import { couldBeOfWorkload } from "./records/template.ts";

/** When and beside whom an object is seen. */
export interface Observer {
  /** Our own, which is never the one that is looked for. */
  readonly fieldManager: string;
  readonly nowMs: number;
}

/** The latest writer but us of what an object does. */
export const writerOf = ({ metadata }: KubeObject, fieldManager: string): FieldManager | undefined =>
  findFieldManager(metadata.managedFields ?? [], [["spec"], ["subjects"]], fieldManager);

export const sighted = (live: KubeObject, { fieldManager, nowMs }: Observer): Sighted => ({
  uid: live.metadata.uid ?? "",
  createdMs: createdMsOf(live),
  givenTo: live.metadata.labels?.[ADOPT_LABEL],
  changedBy: writerOf(live, fieldManager),
  seenMs: nowMs,
});

/** Undefined for an object that touches no workload. `wasOurs` says that this very object was ours before. */
export function shapeForeign(
  resource: Resource,
  live: KubeObject,
  observer: Observer,
  wasOurs = false,
): ForeignRecord | undefined {
  const facts = factsOf(resource, live) ?? rightsFacts(live, observer);
  return facts === undefined ? undefined : foreignRecord(facts, sighted(live, observer), wasOurs);
}

function rightsFacts(live: KubeObject, observer: Observer): ForeignFacts | undefined {
  const { role, binding } = rightsIn(live, observer);
  if (role !== undefined) return { about: "role", role };
  return binding === undefined ? undefined : { about: "role-binding", binding };
}

/** What rights are computed from, of a Role or a RoleBinding, whoever's it is. */
export function rightsIn(live: KubeObject, { fieldManager, nowMs }: Observer): Pick<ChildRecord, "role" | "binding"> {
  if (live.kind === ROLE.kind) return { role: shapeRole(live, fieldManager) };
  return live.kind === ROLE_BINDING.kind ? { binding: shapeBinding(live, fieldManager, nowMs) } : {};
}

/** A run of a CronJob, whoever's that is. */
export const isRun = (resource: Resource, live: KubeObject): boolean =>
  resource === JOB && controllerOf(live)?.kind === CRON_JOB.kind && couldBeOfWorkload(live);

/** By what children and foreign objects are found in the cache of a child kind. */
export const CHILD_INDICES: Readonly<Record<string, IndexFunction<AnyChildRecord>>> = {
  ...BINDING_INDICES,
  ...FOREIGN_INDICES,
  run: (record) => (record.type === "run" && record.owner !== undefined ? [record.owner.uid] : []),
};
