/** Findings one object at a time, as one report is held beside another. Pure. */
import type { Finding } from "./finding.ts";
import type { Severity } from "./severity.ts";

/** One object of one finding. */
export interface Named {
  readonly id: string;
  readonly severity: Severity;
  readonly kind: "chain" | "posture";
  readonly rule: string;
  /** `Kind/namespace/name`. */
  readonly object: string;
  readonly words: string;
}

type Told = Pick<Finding, "severity" | "kind" | "rule" | "words"> & {
  readonly members: readonly { readonly id: string; readonly object: string; readonly words: string }[];
};

export const namedIn = (findings: readonly Told[]): readonly Named[] =>
  findings.flatMap(({ kind, severity, rule, words, members }) =>
    members.map(({ id, object, words: own }, at) => ({
      id,
      severity,
      kind,
      rule,
      object,
      words: kind === "chain" && at === 0 ? words : `${object}: ${own}`,
    })),
  );

/** Those of `all` that `others` do not hold. */
export function lacking(all: readonly Named[], others: readonly Named[]): readonly Named[] {
  const known = new Set(others.map(({ id }) => id));
  return all.filter(({ id }) => !known.has(id));
}
