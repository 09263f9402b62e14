/** How far a namespace is enrolled: see docs/decisions/0014. */
import { z } from "zod";

/** From the loosest to the strictest, as the API writes them; the label on a namespace has them in lower case. */
export const ENROLMENTS = ["Observing", "Guarding", "Sealed"] as const;

export type Enrolment = (typeof ENROLMENTS)[number];

export const enrolment = z.enum(ENROLMENTS);

export const labelOfEnrolment = (state: Enrolment): string => state.toLowerCase();

export const enrolmentOfLabel = (label: string | undefined): Enrolment | undefined =>
  ENROLMENTS.find((state) => labelOfEnrolment(state) === label);

export const isAtLeast = (state: Enrolment, floor: Enrolment): boolean =>
  ENROLMENTS.indexOf(state) >= ENROLMENTS.indexOf(floor);

/** The strictest of several; undefined of none. */
export const strictest = (states: readonly (Enrolment | undefined)[]): Enrolment | undefined =>
  [...ENROLMENTS].reverse().find((state) => states.includes(state));
