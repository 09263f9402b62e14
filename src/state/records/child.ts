import type { KubeObject } from "kopf-ts";
import type { Difference } from "../../plan/diff.ts";
import type { FieldManager } from "../../plan/field-owner.ts";
import type { RolloutHealth } from "../../plan/rollout-status.ts";
import type { BindingRecord, RoleRecord } from "../../rbac/records.ts";
import type { ForeignRecord } from "./foreign.ts";
import type { TemplateRecord } from "./template.ts";

/**
 * - `inSync`: equals what its workload declares, and nothing more.
 * - `stale`: did so until the workload, or what is known of the cluster, changed.
 * - `drifted`: somebody changed it.
 * - `nameConflict`: stood under this name before the workload did, and was never ours.
 * - `extraneous`: ours, and no longer wanted.
 * - `deleting`: being deleted.
 * - `unknown`: what its workload wants of it cannot be said yet.
 */
export type Comparison = "inSync" | "stale" | "drifted" | "nameConflict" | "extraneous" | "deleting" | "unknown";

export interface ChildRecord {
  readonly type: "child";
  readonly uid: string;
  /** The uid of the object that controls it: its workload's, or that of one of the same name before. */
  readonly owner: string | undefined;
  readonly comparison: Comparison;
  /**
   * Whether it is the workload's: proven by its controller reference, remembered as such, or younger than the workload and about to be
   * made so. Nothing is done on behalf of a child of which this is false.
   */
  readonly ours: boolean;
  /** Whether it is somebody else's whose adoption label names the workload, and was not taken over yet. */
  readonly isHandedOver?: boolean;
  /** Whether it is not ours yet and must not become so: a ServiceAccount whose tokens somebody may have is made anew, and they die with it. */
  readonly isMadeAnew?: boolean;
  /** The digest of the desired object that this child last conformed to. */
  readonly conformed: string | undefined;
  /** Only while it does not conform: what the repair needs. */
  readonly deviation: Deviation | undefined;
  readonly health: RolloutHealth | undefined;
  /** Of a Job: what its pods are. */
  readonly template: TemplateRecord | undefined;
  /** What its own controller says it cannot do, in one word. */
  readonly notice?: string | undefined;
  /** Of a Role, and of a RoleBinding: what rights are computed from. */
  readonly role?: RoleRecord;
  readonly binding?: BindingRecord;
}

export const isHandedOver = (record: AnyChildRecord | undefined): record is ChildRecord =>
  record?.type === "child" && record.isHandedOver === true;

/** Of what is ours and differs: undone where somebody changed it, brought up to date where what is desired did. */
export function driftedOrStale(
  { digest }: { readonly digest: string },
  known: Pick<ChildRecord, "conformed" | "comparison"> | undefined,
  isCertain: boolean,
): "drifted" | "stale" {
  if (known?.conformed !== undefined) return known.conformed === digest ? "drifted" : "stale";
  return known?.comparison === "drifted" || isCertain ? "drifted" : "stale";
}

export interface Deviation {
  readonly live: KubeObject;
  /** What it is to be: the desired object with what a live one keeps. */
  readonly wanted: KubeObject;
  /** Of the desired object that it was compared with. */
  readonly digest: string;
  readonly differences: readonly Difference[];
  readonly changedBy: FieldManager | undefined;
  /** Monotonic milliseconds at which it was first seen. */
  readonly seenMs: number;
}

/** A child that conforms, as it did before, with the same health, needs no pass. */
export function isQuiet(old: AnyChildRecord | undefined, now: AnyChildRecord | undefined): boolean {
  if (old?.type !== "child" || now?.type !== "child") return false;
  return (
    now.comparison === "inSync" &&
    old.comparison === "inSync" &&
    old.uid === now.uid &&
    old.conformed === now.conformed &&
    old.notice === now.notice &&
    JSON.stringify(old.health) === JSON.stringify(now.health)
  );
}

export type AnyChildRecord = ChildRecord | ForeignRecord | RunRecord;

/** A run of a CronJob. */
export interface RunRecord extends TemplateRecord {
  readonly type: "run";
  /** Whether none of its pods has begun yet, though it is to run. */
  readonly isWaiting: boolean;
  /** Whether it is over, and only the record that it ran. */
  readonly isEnded: boolean;
}
