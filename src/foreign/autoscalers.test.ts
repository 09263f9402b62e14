import { describe, expect, test } from "@jest/globals";
import { detected } from "../../test/support/detected.ts";
import { type Governed, governed, run, uidOf, workloadReference } from "../../test/support/governed.ts";
import { API_VERSION } from "../crds/group.ts";
import { HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT, VERTICAL_POD_AUTOSCALER } from "../kubernetes/kinds.ts";
import { autoscalers } from "./autoscalers.ts";

const DEPLOYMENT_TARGET = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const scaling = (scaleTargetRef: object) => ({ spec: { scaleTargetRef } });
const find = (world: Governed) => detected(autoscalers, world);

test("one of each kind on the workload's Deployment is found", () => {
  const world = governed();
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "h", scaling(DEPLOYMENT_TARGET));
  world.foreign(SCALED_OBJECT, "s", scaling({ name: "web" }));
  world.foreign(VERTICAL_POD_AUTOSCALER, "v", { spec: { targetRef: DEPLOYMENT_TARGET } });
  const why = "scales this workload's Deployment, whose size its SecureWorkload declares";
  expect(find(world)).toEqual([
    `28 HorizontalPodAutoscaler/shop/h: ${why}`,
    `28 ScaledObject/shop/s: ${why}`,
    `28 VerticalPodAutoscaler/shop/v: ${why}`,
  ]);
});

test("one on a kind of controller that the workload does not have is left alone", () => {
  const world = governed();
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "h", scaling({ ...DEPLOYMENT_TARGET, kind: "StatefulSet" }));
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "other", scaling({ ...DEPLOYMENT_TARGET, name: "legacy" }));
  expect(find(world)).toEqual([]);
});

describe("on a ReplicaSet", () => {
  const target = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f" };

  test("of the workload's Deployment it is found", () => {
    const world = governed();
    run(world);
    world.foreign(HORIZONTAL_POD_AUTOSCALER, "h", scaling(target));
    expect(find(world)).toEqual(["28 HorizontalPodAutoscaler/shop/h: scales a ReplicaSet of this workload"]);
  });

  test("of somebody else's it is left alone", () => {
    const world = governed();
    world.foreign(HORIZONTAL_POD_AUTOSCALER, "h", scaling(target));
    world.foreign(HORIZONTAL_POD_AUTOSCALER, "i", scaling({ ...target, apiVersion: "example.com/v1" }));
    expect(find(world)).toEqual([]);
  });
});

describe("on the SecureWorkload itself", () => {
  const target = { apiVersion: API_VERSION, kind: "SecureWorkload", name: "web" };

  test("it may set the number of pods", () => {
    const world = governed();
    world.foreign(HORIZONTAL_POD_AUTOSCALER, "h", scaling(target));
    expect(find(world)).toEqual([]);
  });

  test("it may not set their size", () => {
    const world = governed();
    world.foreign(VERTICAL_POD_AUTOSCALER, "v", { spec: { targetRef: target } });
    expect(find(world)).toEqual(["28 VerticalPodAutoscaler/shop/v: changes the resources of this workload's pods"]);
  });
});

describe("what KEDA makes of the workload's own ScaledObject", () => {
  const owner = (uid: string) => ({
    ownerReferences: [{ apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", name: "web", uid, controller: true }],
  });
  const world = (): Governed => {
    const made = governed({ autoscaling: { minReplicas: 1, maxReplicas: 3, cpu: { averageUtilization: 70 } } });
    const ownerReferences = [workloadReference(made.workload())];
    made.foreign(SCALED_OBJECT, "web", scaling({ name: "web" }), { ownerReferences });
    return made;
  };
  const record = (made: Governed) => made.state.childrenOf(SCALED_OBJECT).get("shop/web");

  test("stays", () => {
    const made = world();
    expect(record(made)).toMatchObject({ type: "child", ours: true });
    made.foreign(
      HORIZONTAL_POD_AUTOSCALER,
      "palisade-web",
      scaling(DEPLOYMENT_TARGET),
      owner(uidOf(SCALED_OBJECT, "web")),
    );
    expect(find(made)).toEqual([]);
  });

  test.each([
    { what: "another name", name: "palisade-other", uid: uidOf(SCALED_OBJECT, "web") },
    { what: "another owner", name: "palisade-web", uid: "forged" },
  ])("is imitated in vain with $what", ({ name, uid }) => {
    const made = world();
    made.foreign(HORIZONTAL_POD_AUTOSCALER, name, scaling(DEPLOYMENT_TARGET), owner(uid));
    expect(find(made)).toHaveLength(1);
  });

  test("goes where the ScaledObject is somebody else's", () => {
    const made = governed();
    made.foreign(SCALED_OBJECT, "web", scaling({ name: "web" }));
    made.foreign(
      HORIZONTAL_POD_AUTOSCALER,
      "palisade-web",
      scaling(DEPLOYMENT_TARGET),
      owner(uidOf(SCALED_OBJECT, "web")),
    );
    expect(find(made)).toHaveLength(2);
  });
});
