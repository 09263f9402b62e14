/** How far a namespace is enrolled: see docs/decisions/0014. */
import { z } from "zod";

/** From the loosest to the strictest, as the API writes them; the label on a namespace has them in lower case. */
export const ENROLMENTS = ["Observing", "Guarding", "Sealed"] as const;

export type Enrolment = (typeof ENROLMENTS)[number];

export const enrolment = z.enum(ENROLMENTS);

/** A day: what runs every night has run. */
export const DEFAULT_LEAVE_OBSERVING_SECONDS = 86_400;

export const leaveObservingAfterSeconds = z.int().min(0).max(2_592_000).optional().meta({
  description:
    "Seconds that a namespace stays Observing after the last foreign pod, and the last foreign controller that could make one, is gone. Defaults to 86400, a day. Set namespaces.enrolment to order it at once for one namespace.",
});

export const labelOfEnrolment = (state: Enrolment): string => state.toLowerCase();

export const enrolmentOfLabel = (label: string | undefined): Enrolment | undefined =>
  ENROLMENTS.find((state) => labelOfEnrolment(state) === label);

export const isAtLeast = (state: Enrolment, floor: Enrolment): boolean =>
  ENROLMENTS.indexOf(state) >= ENROLMENTS.indexOf(floor);

/** The strictest of several; undefined of none. */
export const strictest = (states: readonly (Enrolment | undefined)[]): Enrolment | undefined =>
  [...ENROLMENTS].reverse().find((state) => states.includes(state));
