/** Pods that somebody was inside of, as far as pods and exceptions say so. An exec leaves no trace in a pod: only who was allowed to is known. Pure. */
import { MAX_ENTERED, type WorkloadUnusual } from "../crds/v1alpha1/unusual.ts";

export type Entered = NonNullable<WorkloadUnusual["entered"]>[number];

const DAY_MS = 86_400_000;

/**
 * What is seen now, each with the time of the first sight, and what was told before of pods that are gone, for a day. `now` holds the facts of
 * pods that are there; the latest stand first.
 */
export function enteredOf(
  now: readonly Omit<Entered, "seen">[],
  before: readonly Entered[],
  nowIso: string,
): Entered[] {
  const known = new Map(before.map((one) => [keyOf(one), one]));
  const current = now.map((one) => ({ ...one, seen: notAhead(known.get(keyOf(one))?.seen ?? nowIso, nowIso) }));
  const keys = new Set(current.map(keyOf));
  const isRecent = ({ seen }: Entered): boolean => Date.parse(nowIso) - Date.parse(seen) < DAY_MS;
  const gone = before
    .filter((one) => !keys.has(keyOf(one)) && isRecent(one))
    .map((one) => ({ ...one, seen: notAhead(one.seen, nowIso) }));
  return [...current, ...gone]
    .sort((a, b) => (a.seen === b.seen ? (keyOf(a) < keyOf(b) ? -1 : 1) : a.seen > b.seen ? -1 : 1))
    .slice(0, MAX_ENTERED);
}

const keyOf = ({ pod, how, name }: Omit<Entered, "seen">): string => `${how} ${pod} ${name}`;

/** Another replica's clock may be ahead of this one's. */
const notAhead = (seen: string, nowIso: string): string => (seen > nowIso ? nowIso : seen);
