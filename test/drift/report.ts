/** The page that tells what becomes of every case, from what was tried. Pure. */
import { percentile } from "../../bench/measure.ts";
import type { Attack, DriftCase } from "./case.ts";
import type { Trial } from "./matrix.ts";
import type { Outcome } from "./outcome.ts";

export interface Results {
  /** As installed: the policies and the operator. */
  readonly shipped: readonly Trial[];
  /** The same, by somebody who has the narrow role in place of `edit` or `admin`. */
  readonly narrow: readonly Trial[];
  /** The policies alone: the operator is stopped. */
  readonly down: readonly Trial[];
  /** The operator alone: every attack arrives. */
  readonly arriving: readonly Trial[];
  /** From the start of an operator that was away until each of so many attacks was undone, in milliseconds. */
  readonly afterAbsenceMs: readonly number[];
}

type Verdict = "prevented" | "corrected" | "detected" | "not in reach" | "stands";

const VERDICTS: Readonly<Record<Outcome["kind"], Verdict>> = {
  refused: "prevented",
  undone: "corrected",
  told: "detected",
  stands: "stands",
};

/** From the worst to the best. */
const ORDER: readonly Verdict[] = ["stands", "not in reach", "detected", "corrected", "prevented"];

const worst = (verdicts: readonly Verdict[]): Verdict =>
  ORDER.find((verdict) => verdicts.includes(verdict)) ?? "stands";

const distinct = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();

const trialsOf = (trials: readonly Trial[], { number }: DriftCase): readonly Trial[] =>
  trials.filter((trial) => trial.number === number);

export function verdictOn(drift: DriftCase, results: Pick<Results, "shipped">): Verdict {
  if (drift.otherwise !== undefined) return drift.otherwise.verdict;
  return worst(trialsOf(results.shipped, drift).flatMap(({ outcomes }) => outcomes.map(({ kind }) => VERDICTS[kind])));
}

const byOf =
  ({ undoneBy = "the operator" }: DriftCase) =>
  (outcome: Outcome): readonly string[] => {
    if (outcome.kind === "refused" || outcome.kind === "told") return [outcome.by];
    return outcome.kind === "undone" ? [undoneBy] : [];
  };

const listed = (trials: readonly Trial[], say: (outcome: Outcome) => readonly string[]): string =>
  distinct(trials.flatMap(({ outcomes }) => outcomes.flatMap(say))).join(", ");

const DOWN: Readonly<Record<Outcome["kind"], string>> = {
  refused: "refused",
  undone: "gone",
  told: "told",
  stands: "stands",
};

function correctionOf(trials: readonly Trial[]): string {
  const times = trials.flatMap(({ outcomes }) =>
    outcomes.flatMap((outcome) => (outcome.kind === "undone" ? [outcome.ms] : [])),
  );
  const others = distinct(
    trials.flatMap(({ outcomes }) => outcomes.flatMap(({ kind }) => (kind === "undone" ? [] : [ARRIVING[kind]]))),
  );
  const time = times.length === 0 ? [] : [`${round(percentile(times, 0.5))} / ${round(percentile(times, 0.99))}`];
  return [...time, ...others].join(", ");
}

const ARRIVING: Readonly<Record<Exclude<Outcome["kind"], "undone">, string>> = {
  refused: "refused without them",
  told: "told of",
  stands: "stands",
};

const round = (ms: number): string => String(Math.max(1, Math.round(ms)));

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function rowOf(drift: DriftCase, results: Results): readonly string[] {
  const { number, title, who, otherwise } = drift;
  const verdict = verdictOn(drift, results);
  if (otherwise !== undefined) return [String(number), title, who, `**${verdict}**`, otherwise.by, "", "", ""];
  return [
    String(number),
    title,
    who,
    `**${verdict}**`,
    listed(trialsOf(results.shipped, drift), byOf(drift)),
    listed(trialsOf(results.narrow, drift), (outcome) =>
      outcome.kind === "refused" && outcome.by === "RBAC" ? ["closed"] : [VERDICTS[outcome.kind]],
    ),
    listed(trialsOf(results.down, drift), ({ kind }) => [DOWN[kind]]),
    correctionOf(trialsOf(results.arriving, drift)),
  ];
}

export function driftPage(cases: readonly DriftCase[], results: Results): string {
  const verdicts = cases.map((drift) => verdictOn(drift, results));
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length;
  const handled = count("prevented") + count("corrected") + count("detected");
  const times = results.arriving.flatMap(({ outcomes }) =>
    outcomes.flatMap((outcome) => (outcome.kind === "undone" ? [outcome.ms] : [])),
  );
  const refusedDown = cases.filter((drift) => {
    const trials = trialsOf(results.down, drift);
    return trials.length > 0 && trials.every(({ outcomes }) => outcomes.every(({ kind }) => kind === "refused"));
  }).length;
  const reasons = cases.flatMap(({ number, otherwise }) =>
    otherwise === undefined ? [] : [`- **${number}, ${otherwise.verdict}**: ${otherwise.reason}.`],
  );
  const attacks: readonly Attack[] = cases.flatMap((drift) => drift.attacks);
  return [
    "<!-- written by make drift, do not edit -->",
    "# Ways to weaken a workload, and what becomes of each",
    `**${handled} of ${cases.length} handled**: ${count("prevented")} prevented, ${count("corrected")} corrected, ${count("detected")} detected. ${count("not in reach")} are not in reach and ${count("stands")} stand, each with its reason below.`,
    `Each case is carried out by the weakest user able to, in ${attacks.length} attacks, against a real API server with real controllers (\`make drift\`). A case counts as its worst attack does.`,
    [
      `- **With the operator stopped**, ${refusedDown} cases are refused all the same, by the API server's own policies.`,
      `- **With the policies taken away**, so that every attack arrives, ${times.length} corrections took ${round(percentile(times, 0.5))} ms at p50 and ${round(percentile(times, 0.99))} ms at p99, from the API server's answer until the attack was seen to be undone. Attacks, operator and a node on paper share one process here; \`make bench\` measures corrections by themselves.`,
      `- **After an absence** of the operator, ${results.afterAbsenceMs.length} attacks that had been made meanwhile were undone ${round(Math.min(...results.afterAbsenceMs))} ms (the first) to ${round(Math.max(...results.afterAbsenceMs))} ms (the last) after its start.`,
    ].join("\n"),
    "Who: E has `edit`, A has `admin`, X more than that, P is code in the pod, CR the author of a SecureWorkload, CRD whoever may write a kind that an add-on brings. By what: an admission policy, Pod Security, RBAC, the API server's own validation, the operator, or the keeper of the policies. The narrow role is `palisade-app-team`, in place of `edit`.",
    table(
      [
        "case",
        "what",
        "who",
        "as shipped",
        "by what",
        "narrow role",
        "operator stopped",
        "policies gone: p50 / p99 ms",
      ],
      cases.map((drift) => rowOf(drift, results)),
    ),
    "## Without an attack on the API server",
    reasons.join("\n"),
    "",
  ].join("\n\n");
}
