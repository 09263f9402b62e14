/** Every condition type and reason of a SecurityException. The reference page lists them. */
export const EXCEPTION_CONDITION_TYPES = {
  Active: "It is in force: the workload's pods follow it.",
  Reconciling: "Its workload is not there yet; there only while it is true.",
  Stalled: "Only a person can move it on; there only while it is true.",
} as const;

export type ExceptionConditionType = keyof typeof EXCEPTION_CONDITION_TYPES;

export const EXCEPTION_REASONS = {
  InForce: "It is in force.",
  ExpiresSoon: "It is in force, and ends within a week, or has spent half of its time if that is less.",
  Expired: "Its time is over, and the workload is held to every rule again.",
  WorkloadMissing: "There is no such SecureWorkload; its time runs all the same.",
  InvalidSpec:
    "The stored spec is not one that this version accepts, or names a rule that it cannot lift: it lifts nothing.",
} as const;

export type ExceptionReason = keyof typeof EXCEPTION_REASONS;
