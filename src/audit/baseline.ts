/** Findings that are new: those whose identity an earlier report does not hold. Pure. */
import type { Finding, Member } from "./finding.ts";

/** Leaves out what is known, and findings of which nothing is left. */
export function newAmong(findings: readonly Finding[], known: ReadonlySet<string>): readonly Finding[] {
  return findings.flatMap((finding) => {
    const [first, ...rest] = finding.members.filter(({ id }) => !known.has(id));
    if (first === undefined) return [];
    const members: readonly [Member, ...Member[]] = [first, ...rest];
    return [{ ...finding, members }];
  });
}
