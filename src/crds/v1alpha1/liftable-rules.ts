/**
 * The rules of the baseline that a SecurityException may lift, by their ids. Any other cannot be lifted: a SecureWorkload has no field
 * for what the rule forbids, so that nothing would change, or has one that serves better (`permissions` for a token). What a lifted rule means stands in the rule itself.
 */
export const LIFTABLE_RULES = [
  "non-root",
  "non-root-groups",
  "read-only-root",
  "no-privilege-escalation",
  "drop-capabilities",
  "seccomp-runtime-default",
  "no-host-users",
  "resource-limits",
  "no-service-links",
] as const;

export type LiftableRule = (typeof LIFTABLE_RULES)[number];
