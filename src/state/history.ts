/** The revisions that hold the specs which workloads had: a few words of each, never the spec. Reads only. */
import type { Cache, CacheOptions, KubeObject } from "kopf-ts";
import { HISTORY_LABEL } from "../crds/group.ts";
import { hashInName, isTrue, numberOf, specHash } from "../expand/history.ts";
import { CONTROLLER_REVISION } from "../kubernetes/kinds.ts";
import { controllerOf } from "../kubernetes/metadata.ts";
import { type FieldManager, findFieldManager } from "../plan/field-owner.ts";
import { type HistoryPlan, type KnownRevision, planHistory } from "../plan/history.ts";
import type { Memory } from "./memory.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export interface RevisionRecord {
  readonly uid: string;
  /** The name of the workload that it says it is of. */
  readonly workload: string;
  /** The uid of its controller. */
  readonly owner: string | undefined;
  readonly number: number;
  /** Of its name, which is true; undefined where it holds something else than its name says. */
  readonly hash: string | undefined;
  /** Who else wrote what it holds, or its number. */
  readonly changedBy: FieldManager | undefined;
}

export interface HistoryOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly fieldManager: string;
  readonly granted: PlatformGrants;
  readonly memory: Memory;
}

const WRITTEN = [["data"], ["revision"]] as const;

export class History {
  /** Only what bears the label is sent: of other revisions `PodCaches` keeps what it needs. */
  readonly cache: Cache<RevisionRecord>;
  readonly #granted: PlatformGrants;
  readonly #memory: Memory;

  constructor({ cache, fieldManager, granted, memory }: HistoryOptions) {
    this.#granted = granted;
    this.#memory = memory;
    this.cache = cache<RevisionRecord>({
      resource: CONTROLLER_REVISION,
      labelSelector: HISTORY_LABEL,
      shape: (object) => shapeRevision(object, fieldManager),
      indices: { workload: ({ workload }, { namespace }) => [`${namespace}/${workload}`] },
    });
  }

  /** What stands as the history of a workload, by its `namespace/name`. */
  of(key: string): readonly (readonly [string, RevisionRecord])[] {
    return this.cache.byIndex("workload", key).flatMap((revision) => {
      const record = this.cache.get(revision);
      return record === undefined ? [] : [[revision, record] as const];
    });
  }

  /** What is due; undefined while no spec of the workload is in force. */
  plan(workload: WorkloadRecord): HistoryPlan | undefined {
    const spec = this.#granted.specs.of(workload);
    if (spec === undefined) return undefined;
    const hash = specHash(spec);
    const memory = this.#memory.of(workload);
    const as = memory.recordedAs?.hash === hash ? memory.recordedAs.as : hash;
    const plan = planHistory(
      as,
      this.of(workload.key).map(([key, record]) => knownRevision(key, record, workload)),
    );
    if (plan.write === undefined) memory.recordedAs = { hash, as };
    return plan;
  }

  /** Whether this process knows by itself what a revision holds: the spec that was in force before. */
  isKnown(workload: WorkloadRecord, { hash }: KnownRevision): boolean {
    return this.#memory.of(workload).recordedAs?.as === hash;
  }

  /** The spec in force is one that a revision holds as a version before this one wrote it, without defaults that came since. */
  noteSame(workload: WorkloadRecord, hash: string, as: string): void {
    this.#memory.of(workload).recordedAs = { hash, as };
  }
}

function shapeRevision(object: KubeObject, fieldManager: string): RevisionRecord | undefined {
  const { metadata } = object;
  const workload = metadata.labels?.[HISTORY_LABEL];
  if (workload === undefined) return undefined;
  const writer = findFieldManager(metadata.managedFields ?? [], WRITTEN, fieldManager);
  return {
    uid: metadata.uid ?? "",
    workload,
    owner: controllerOf(object)?.uid,
    number: numberOf(object),
    hash: isTrue(object, workload) ? hashInName(metadata.name, workload) : undefined,
    changedBy: writer?.certain === true ? writer : undefined,
  };
}

function knownRevision(
  key: string,
  { uid, owner, number, hash, changedBy }: RevisionRecord,
  { ref }: WorkloadRecord,
): KnownRevision {
  const isIntact = hash !== undefined && changedBy === undefined && owner === ref.uid;
  return { name: key.slice(key.indexOf("/") + 1), uid, number, hash: hash ?? "", isIntact };
}
