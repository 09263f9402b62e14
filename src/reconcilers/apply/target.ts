import type { Cache, KubeObject, ObjectName } from "kopf-ts";
import type { ChildKind } from "../../expand/child-kinds.ts";
import type { Desired } from "../../plan/desired.ts";
import type { Difference } from "../../plan/diff.ts";
import type { AnyChildRecord, ChildRecord } from "../../state/records/child.ts";

export interface Target {
  readonly resource: ChildKind["resource"];
  readonly cache: Cache<AnyChildRecord>;
  readonly name: ObjectName;
  /** The name of the workload whose child it is; undefined for what belongs to a whole namespace. */
  readonly workload?: string;
  /** Asked anew before every write: facts may move while a request is under way. */
  readonly desired: () => Desired | undefined;
  /** Whether the object was there before and its absence is somebody's doing; since when, in monotonic milliseconds. */
  readonly missingSinceMs: number | undefined;
  /** The drift case of its absence; 31 unless set. */
  readonly lossCase?: string;
  /** Whether it is somebody else's that is handed over, and stays as it is for now. */
  readonly isPostponed?: (record: ChildRecord) => boolean;
  /** What is told once it is rewritten, where nothing but this version is the reason. */
  readonly announcement?: (record: ChildRecord) => (() => void) | undefined;
  /** What became of our own write and is harmless stays: by these fields and values, for this desired object. */
  readonly acceptMutation?: (desired: Desired, live: KubeObject, differences: readonly Difference[]) => void;
  /** Called before the object is created or replaced, and once it is. */
  readonly onWrite?: (desired: Desired) => () => void;
  /** Called before we delete the object only to create it again: what follows is our own doing. */
  readonly onRecreate?: () => void;
}
