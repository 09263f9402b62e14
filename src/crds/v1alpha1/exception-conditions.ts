/** Every condition type and reason of a SecurityException. The reference page lists them. */
export const EXCEPTION_CONDITION_TYPES = {
  Active: "The exception is in force: the workload's pods follow it.",
  Reconciling: "Its workload does not exist yet; present only while true.",
  Stalled: "A person must change something; the message says what. Present only while true.",
} as const;

export type ExceptionConditionType = keyof typeof EXCEPTION_CONDITION_TYPES;

export const EXCEPTION_REASONS = {
  InForce: "The exception is in force.",
  ExpiresSoon:
    "The exception is in force and expires within a week, or more than half of its time has passed, whichever is later.",
  Expired: "The exception has expired; every rule applies to the workload again.",
  WorkloadMissing: "The SecureWorkload does not exist; the exception's time runs anyway.",
  InvalidSpec:
    "This version of Palisade does not accept the stored spec, or it names a rule that cannot be lifted: it lifts nothing.",
} as const;

export type ExceptionReason = keyof typeof EXCEPTION_REASONS;
