/** How far a namespace is enrolled: forward by itself, back only by the platform team (ADR 0014). Pure. */
import { type Enrolment, strictest } from "../../crds/v1alpha1/enrolment.ts";
import type { Foreign } from "../../state/records/namespace.ts";

export interface EnrolmentFacts {
  /** The state that the platform team holds the namespace in. */
  readonly held: Enrolment | undefined;
  /** What its label says, what was decided before, what its default deny tells: none of them is ever undercut. */
  readonly reached: readonly (Enrolment | undefined)[];
  readonly foreign: Foreign;
  /** Since when nothing foreign makes pods there, as far as that was noted. */
  readonly clearSinceMs: number | undefined;
  /** For how long nothing foreign may make pods before the namespace leaves Observing. */
  readonly leaveAfterMs: number;
  readonly nowMs: number;
}

export interface EnrolmentDecision {
  readonly enrolment: Enrolment;
  /** To be noted: since when nothing foreign makes pods in a namespace that is Observing. */
  readonly clearSinceMs?: number;
  /** When it leaves Observing. */
  readonly leavesMs?: number;
}

/** A namespace that never was Observing is closed at once; one that is waits, for what makes pods may only rest or be moved. */
export function decideEnrolment(facts: EnrolmentFacts): EnrolmentDecision {
  const { held, reached, foreign, nowMs, leaveAfterMs } = facts;
  if (held !== undefined) return { enrolment: held };
  const wanted = strictest([...reached, stateFor(foreign)]) ?? "Observing";
  if (strictest(reached) !== "Observing" || foreign.makers.length > 0) return { enrolment: wanted };
  const clearSinceMs = Math.min(facts.clearSinceMs ?? nowMs, nowMs);
  const leavesMs = clearSinceMs + leaveAfterMs;
  return leavesMs <= nowMs ? { enrolment: wanted } : { enrolment: "Observing", clearSinceMs, leavesMs };
}

function stateFor({ makers, others }: Foreign): Enrolment {
  if (makers.length > 0) return "Observing";
  return others.length > 0 ? "Guarding" : "Sealed";
}
