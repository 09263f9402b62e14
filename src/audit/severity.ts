/** How bad a finding is, worst first. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Lower is worse. */
export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

export const isAtLeast = (severity: Severity, bound: Severity): boolean => rankOf(severity) <= rankOf(bound);

/** One step less severe, never less than `low`. */
export const milder = (severity: Severity): Severity =>
  SEVERITIES[Math.min(rankOf(severity) + 1, SEVERITIES.indexOf("low"))] ?? "low";
