import type { BaselineReason } from "./baseline-conditions.ts";
import type { ConditionType, Reason } from "./conditions.ts";

export interface Limit {
  readonly reason: Reason;
  /** What does not work, and the way out. */
  readonly message: string;
}

export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** Whether a change by others stands because of it. */
  readonly drift?: boolean;
}

/** A condition beside those that every status has. */
export interface Notice {
  readonly type: ConditionType;
  readonly holds: boolean;
  readonly reason: Reason;
  readonly message: string;
}

/** Something that the baseline says and that is not in force. */
export interface BaselineProblem {
  readonly reason: BaselineReason;
  readonly message: string;
}
