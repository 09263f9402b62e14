/** How far a namespace is enrolled: forward by itself, back only by the platform team (ADR 0014). Pure. */
import { type Enrolment, strictest } from "../../crds/v1alpha1/enrolment.ts";

/** What is in a namespace and is not of a SecureWorkload, as kind and name. */
export interface Foreign {
  /** What has pods, and pods of nobody. */
  readonly running: readonly string[];
  /** What could run, serve, open or scale something, and has no pod now. */
  readonly idle: readonly string[];
}

export interface EnrolmentFacts {
  /** The state that the platform team holds the namespace in. */
  readonly held: Enrolment | undefined;
  /** What its label says, what was decided before, what its default deny tells: none of them is ever undercut. */
  readonly reached: readonly (Enrolment | undefined)[];
  readonly foreign: Foreign;
}

export function decideEnrolment({ held, reached, foreign }: EnrolmentFacts): Enrolment {
  if (held !== undefined) return held;
  return strictest([...reached, stateFor(foreign)]) ?? "Observing";
}

function stateFor({ running, idle }: Foreign): Enrolment {
  if (running.length > 0) return "Observing";
  return idle.length > 0 ? "Guarding" : "Sealed";
}
