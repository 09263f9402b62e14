import { describe, expect, test } from "@jest/globals";
import { ENROLMENTS } from "../../crds/v1alpha1/enrolment.ts";
import { decideEnrolment, type EnrolmentFacts } from "./enrolment.ts";

const NOTHING = { makers: [], others: [] };
const OTHERS = { makers: [], others: ["Service/old"] };
const MAKERS = { makers: ["CronJob/backup"], others: ["Service/old"] };

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

const decide = (facts: Partial<EnrolmentFacts>) =>
  decideEnrolment({
    held: undefined,
    reached: [],
    foreign: NOTHING,
    clearSinceMs: undefined,
    leaveAfterMs: 24 * HOUR,
    nowMs: NOW,
    ...facts,
  });

test("a namespace without anything foreign is sealed at once", () => {
  expect(decide({})).toEqual({ enrolment: "Sealed" });
  expect(decide({ foreign: OTHERS })).toEqual({ enrolment: "Guarding" });
});

test("a namespace in which something foreign makes pods, or can, is only observed", () => {
  expect(decide({ reached: [undefined], foreign: MAKERS })).toEqual({ enrolment: "Observing" });
  expect(decide({ reached: ["Observing"], foreign: MAKERS, clearSinceMs: 0 })).toEqual({ enrolment: "Observing" });
});

describe("once nothing foreign makes pods, a namespace that is observed", () => {
  test("waits, from when that was seen first", () => {
    const leavesMs = NOW + 24 * HOUR;
    expect(decide({ reached: ["Observing"] })).toEqual({ enrolment: "Observing", clearSinceMs: NOW, leavesMs });
  });

  test("waits on after a restart, and from now where the note is of the future", () => {
    const clearSinceMs = NOW - 23 * HOUR;
    expect(decide({ reached: ["Observing"], clearSinceMs })).toMatchObject({ leavesMs: NOW + HOUR });
    expect(decide({ reached: ["Observing"], clearSinceMs: NOW + HOUR })).toMatchObject({ clearSinceMs: NOW });
  });

  test("leaves after a day", () => {
    const facts = { reached: ["Observing"], clearSinceMs: NOW - 24 * HOUR } as const;
    expect(decide({ ...facts, foreign: OTHERS })).toEqual({ enrolment: "Guarding" });
    expect(decide(facts)).toEqual({ enrolment: "Sealed" });
  });

  test("leaves at once where the platform team says so", () => {
    expect(decide({ reached: ["Observing"], leaveAfterMs: 0 })).toEqual({ enrolment: "Sealed" });
    expect(decide({ reached: ["Observing"], held: "Guarding" })).toEqual({ enrolment: "Guarding" });
  });
});

test("what was reached is never undercut", () => {
  for (const foreign of [NOTHING, OTHERS, MAKERS]) {
    expect(decide({ reached: ["Sealed"], foreign }).enrolment).toBe("Sealed");
    expect(decide({ reached: [undefined, "Guarding"], foreign }).enrolment).not.toBe("Observing");
  }
});

test("the platform team moves it either way", () => {
  for (const held of ENROLMENTS)
    for (const foreign of [NOTHING, OTHERS, MAKERS])
      expect(decide({ held, reached: ["Sealed"], foreign })).toEqual({ enrolment: held });
});
