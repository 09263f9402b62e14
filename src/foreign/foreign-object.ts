/** What a detector finds, and what a detector is. */
import type { Resource } from "kopf-ts";
import type { FieldManager } from "../plan/field-owner.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { Sighted } from "../state/records/foreign.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";

/** An object that is not ours and has to go. */
export interface ForeignObject {
  readonly resource: Resource;
  readonly key: string;
  readonly uid: string;
  readonly driftCase: string;
  /** What it does, as a sentence without a subject: "scales this workload's Deployment". */
  readonly why: string;
  readonly changedBy: FieldManager | undefined;
  readonly seenMs: number;
  /** When it was made, or what makes it again and again; in milliseconds since the epoch. */
  readonly createdMs: number;
  /** The workload that its adoption label hands it over to. */
  readonly givenTo?: string | undefined;
  /** Whether it goes while its namespace is only observed; it stays there unless set. */
  readonly whileObserved?: WhileObserved | undefined;
  /** Has to go only if its controller never had its template as far as is known: read the controller again first. */
  readonly isUnexplained?: boolean;
}

/**
 * What becomes of a foreign object in a namespace that is only observed:
 *
 * - `goes`: it is a pod or a revision of the workload itself, or the platform team ordered that it goes.
 * - `goesIfLater`: it imitates the workload, or names what only Palisade makes, so whoever made it knew of the workload; unless it is older.
 */
export type WhileObserved = "goes" | "goesIfLater";

/** What of a workload a detector protects. */
export type Protected = "controller" | "pods" | "service" | "service-account";

/** Finds foreign objects of some kinds. Pure: it reads the state and nothing else. */
export interface Detector {
  /** The kinds of what it finds. */
  readonly resources: readonly Resource[];
  /** The drift cases that it finds. */
  readonly driftCases: readonly string[];
  /**
   * It runs only where one of these is the workload's own: nothing is touched for the sake of an object of somebody else's that has a
   * child's name. Undefined for a detector of what passes for the workload, which may be there before the workload has anything.
   */
  readonly protects: readonly Protected[] | undefined;
  readonly detect: (workload: WorkloadRecord, state: ClusterState) => readonly ForeignObject[];
}

export interface Finding extends Pick<ForeignObject, "driftCase" | "why" | "isUnexplained" | "whileObserved"> {
  /** Of what makes the object, where that is known and older. */
  readonly createdMs?: number;
}

/** The object of a record, and what was found about it. */
export const foundObject = (
  resource: Resource,
  key: string,
  { uid, changedBy, seenMs, createdMs, givenTo }: Sighted,
  finding: Finding,
): ForeignObject => ({ resource, key, uid, changedBy, seenMs, createdMs, givenTo, ...finding });
