import { expect, test } from "@jest/globals";
import { type Governed, governed } from "../../test/support/governed.ts";
import { CHILD_KINDS } from "../expand/child-kinds.ts";
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER } from "../kubernetes/kinds.ts";

const desired = (world: Governed) => {
  const kind = CHILD_KINDS.find(({ resource }) => resource === DEPLOYMENT);
  return kind === undefined ? undefined : world.state.desired(world.workload(), kind);
};

const scaler = (world: Governed) =>
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "scaler", {
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 2,
      maxReplicas: 6,
    },
  });

test("in an observed namespace, an autoscaler that stays sets the number of pods within its bounds", () => {
  const world = governed();
  world.enrol("Observing");
  const before = desired(world)?.digest;
  scaler(world);
  expect(desired(world)?.replicas).toEqual({ min: 2, max: 6 });
  expect(desired(world)?.digest).not.toBe(before);
});

test.each([
  { why: "in a sealed namespace", spec: {}, enrolment: "Sealed" },
  { why: "while the workload is stopped", spec: { replicas: 0 }, enrolment: "Observing" },
  {
    why: "where the workload scales itself",
    spec: { autoscaling: { minReplicas: 3, maxReplicas: 4, cpu: { averageUtilization: 70 } } },
    enrolment: "Observing",
  },
] as const)("$why it does not", ({ spec, enrolment }) => {
  const world = governed(spec);
  world.enrol(enrolment);
  scaler(world);
  expect(desired(world)?.replicas).not.toEqual({ min: 2, max: 6 });
});
