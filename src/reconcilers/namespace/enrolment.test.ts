import { expect, test } from "@jest/globals";
import { ENROLMENTS } from "../../crds/v1alpha1/enrolment.ts";
import { decideEnrolment } from "./enrolment.ts";

const NOTHING = { running: [], idle: [] };
const IDLE = { running: [], idle: ["Service/old"] };
const RUNNING = { running: ["Deployment/legacy"], idle: ["Service/old"] };

test("a namespace without anything foreign is sealed at once", () => {
  expect(decideEnrolment({ held: undefined, reached: [], foreign: NOTHING })).toBe("Sealed");
});

test("foreign pods are only observed, foreign objects guarded against", () => {
  expect(decideEnrolment({ held: undefined, reached: [undefined], foreign: RUNNING })).toBe("Observing");
  expect(decideEnrolment({ held: undefined, reached: ["Observing"], foreign: IDLE })).toBe("Guarding");
});

test("what was reached is never undercut", () => {
  for (const foreign of [NOTHING, IDLE, RUNNING]) {
    expect(decideEnrolment({ held: undefined, reached: ["Sealed"], foreign })).toBe("Sealed");
    expect(decideEnrolment({ held: undefined, reached: [undefined, "Guarding"], foreign })).not.toBe("Observing");
  }
});

test("the platform team moves it either way", () => {
  for (const held of ENROLMENTS)
    for (const foreign of [NOTHING, IDLE, RUNNING])
      expect(decideEnrolment({ held, reached: ["Sealed"], foreign })).toBe(held);
});
