/** This report beside an earlier one. Findings are the same if one of their identities is. Pure. */
import { z } from "zod";
import { lacking, type Named, namedIn } from "../audit/named.ts";
import { SEVERITIES, type Severity } from "../audit/severity.ts";
import { correction, type HeldCorrection } from "./model.ts";

/** As `src/audit/named.ts` has it. */
export const named = z.strictObject({
  id: z.string(),
  severity: z.enum(SEVERITIES),
  kind: z.enum(["chain", "posture"]),
  rule: z.string().describe("Of a chain the edge that reaches its end."),
  object: z.string().describe("`Kind/namespace/name`, or `Kind/name`."),
  words: z.string(),
});

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
  leftOut: z.array(z.looseObject(named.shape)).default([]),
});

/** What of an earlier report goes on. One of a later version may hold more. */
const remembered = z.looseObject({
  corrections: z.looseObject({ total: z.int(), latest: z.array(z.object(correction.shape)) }),
});

export const earlierAnswer = z.discriminatedUnion("kind", [
  judged.extend({ kind: z.literal("Audit") }),
  z.looseObject({ kind: z.literal("Report"), made: z.string(), audit: judged, holds: remembered }),
]);
export type EarlierAnswer = z.output<typeof earlierAnswer>;

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

export function compared(earlier: EarlierAnswer, after: readonly Named[]): Comparison {
  const before = namedBefore(earlier);
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

/** All that an earlier answer found, with what it left out because a still earlier one held it. */
export function namedBefore(earlier: EarlierAnswer): readonly Named[] {
  const { findings, leftOut } = earlier.kind === "Report" ? earlier.audit : earlier;
  return [...namedIn(findings), ...leftOut];
}

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
