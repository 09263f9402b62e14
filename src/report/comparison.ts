/** This report beside an earlier one. Findings are the same if one of their identities is. Pure. */
import { z } from "zod";
import { SEVERITIES, type Severity } from "../audit/severity.ts";
import { type HeldCorrection, holdings } from "./model.ts";

/** Of an answer as `-o json` has it, whatever else it says: of an audit, or of a report that holds one. */
const judged = z.looseObject({
  findings: z.array(
    z.looseObject({
      kind: z.enum(["chain", "posture"]),
      severity: z.enum(SEVERITIES),
      rule: z.string(),
      words: z.string(),
      members: z.array(z.looseObject({ id: z.string(), object: z.string(), words: z.string() })).min(1),
    }),
  ),
});

export const earlierAnswer = z.discriminatedUnion("kind", [
  judged.extend({ kind: z.literal("Audit") }),
  z.looseObject({ kind: z.literal("Report"), made: z.string(), audit: judged, holds: holdings }),
]);
export type EarlierAnswer = z.output<typeof earlierAnswer>;

export type Judged = z.output<typeof judged>["findings"];

/** One object of one finding. */
export interface Named {
  readonly id: string;
  readonly severity: Severity;
  readonly kind: "chain" | "posture";
  readonly rule: string;
  readonly words: string;
}

export interface Comparison {
  /** When the earlier one was made; undefined where it does not say. */
  readonly made: string | undefined;
  readonly appeared: readonly Named[];
  readonly gone: readonly Named[];
  readonly stayed: number;
  readonly severities: readonly { readonly severity: Severity; readonly before: number; readonly now: number }[];
  /** Undefined where the earlier one is of no cluster that Palisade holds. */
  readonly corrections: { readonly before: number; readonly latest: readonly HeldCorrection[] } | undefined;
}

export function compared(earlier: EarlierAnswer, now: Judged): Comparison {
  const [before, after] = [
    namedIn(earlier.kind === "Report" ? earlier.audit.findings : earlier.findings),
    namedIn(now),
  ];
  const lacking = (all: readonly Named[], others: readonly Named[]): readonly Named[] => {
    const known = new Set(others.map(({ id }) => id));
    return all.filter(({ id }) => !known.has(id));
  };
  const appeared = lacking(after, before);
  return {
    made: earlier.kind === "Report" ? earlier.made : undefined,
    appeared,
    gone: lacking(before, after),
    stayed: after.length - appeared.length,
    severities: SEVERITIES.map((severity) => ({
      severity,
      before: before.filter((one) => one.severity === severity).length,
      now: after.filter((one) => one.severity === severity).length,
    })),
    corrections:
      earlier.kind === "Report"
        ? { before: earlier.holds.corrections.total, latest: earlier.holds.corrections.latest }
        : undefined,
  };
}

export const namedIn = (findings: Judged): readonly Named[] =>
  findings.flatMap(({ kind, severity, rule, words, members }) =>
    members.map((member, at) => ({
      id: member.id,
      severity,
      kind,
      rule,
      words: kind === "chain" && at === 0 ? words : `${member.object}: ${member.words}`,
    })),
  );

const LATEST = 200;

/** Both, each once, newest first: Events end after an hour, and an earlier report remembers them. */
export function withEarlier(
  now: readonly HeldCorrection[],
  earlier: readonly HeldCorrection[],
): readonly HeldCorrection[] {
  const keyOf = ({ time, workload, object, action }: HeldCorrection): string =>
    [Math.floor(Date.parse(time) / 1_000), workload, object, action].join(" ");
  const all = new Map([...earlier, ...now].map((one) => [keyOf(one), one]));
  return [...all.values()].sort((a, b) => Date.parse(b.time) - Date.parse(a.time)).slice(0, LATEST);
}

export const rememberedIn = (earlier: EarlierAnswer | undefined): readonly HeldCorrection[] =>
  earlier?.kind === "Report" ? earlier.holds.corrections.latest : [];
