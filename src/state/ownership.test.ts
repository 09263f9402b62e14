/** Whose a child is, as it comes into view: proven, remembered, or younger than its workload. */

import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { BEFORE, BORN, type Governed, governed, LATER, workloadReference } from "../../test/support/governed.ts";
import { ADOPT_LABEL, MANAGED_BY_LABEL, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER } from "../kubernetes/kinds.ts";

const CLAIMS = { [WORKLOAD_LABEL]: "web", [MANAGED_BY_LABEL]: "palisade" };
const record = (world: Governed) => world.state.childrenOf(DEPLOYMENT).get("shop/web");

function child(world: Governed, metadata: object): KubeObject {
  const [live] = world.all(DEPLOYMENT);
  if (live === undefined) throw new Error("there is no Deployment");
  return world.put(DEPLOYMENT, {
    ...live,
    metadata: { name: "web", namespace: "shop", uid: live.metadata.uid, ...metadata },
  });
}

test("a child with its controller reference is ours, however old it is", () => {
  const world = governed();
  const [live] = world.all(DEPLOYMENT);
  world.put(DEPLOYMENT, { ...live, metadata: { ...live?.metadata, uid: "restored", creationTimestamp: BEFORE } });
  expect(record(world)).toMatchObject({ type: "child", ours: true, comparison: "inSync" });
});

describe("a child without it", () => {
  test.each([
    { title: "is ours as the object that was, case 32", metadata: { creationTimestamp: BEFORE } },
    { title: "is ours without its label too, case 33", metadata: { creationTimestamp: BEFORE, labels: {} } },
  ])("$title", ({ metadata }) => {
    const world = governed();
    child(world, metadata);
    expect(record(world)).toMatchObject({ ours: true, comparison: "drifted" });
  });

  test.each([
    { title: "is somebody else's when it is older", metadata: {} },
    { title: "is somebody else's whatever label it carries", metadata: { labels: CLAIMS } },
    {
      title: "is somebody else's whatever controls it",
      metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true }] },
    },
  ])("$title", ({ metadata }) => {
    const world = governed();
    child(world, { uid: "another", creationTimestamp: BEFORE, ...metadata });
    expect(record(world)).toMatchObject({ ours: false, comparison: "nameConflict" });
  });

  test.each([BEFORE, BORN, LATER])("is somebody else's though it was made at %s: age is nobody's consent", (time) => {
    const world = governed();
    child(world, { uid: "another", creationTimestamp: time });
    expect(record(world)).toMatchObject({ ours: false, comparison: "nameConflict" });
  });

  test.each([
    { time: LATER, expected: { ours: true, comparison: "stale" } },
    { time: BORN, expected: { ours: false, comparison: "nameConflict" } },
  ])("is put right where the status lists a child and it is younger, as at $time", ({ time, expected }) => {
    const world = governed();
    const [workload] = world.all(SECURE_WORKLOAD);
    world.put(SECURE_WORKLOAD, { ...workload, status: { children: ["Deployment/web"] } });
    child(world, { uid: "another", creationTimestamp: time });
    expect(record(world)).toMatchObject(expected);
  });

  test("is put right where it refers to a workload of this name that is gone, as after a restore", () => {
    const world = governed();
    const owner = { ...workloadReference(world.workload()), uid: "gone" };
    child(world, { uid: "another", creationTimestamp: BORN, ownerReferences: [owner] });
    expect(record(world)).toMatchObject({ ours: true, comparison: "stale" });
  });

  test("is handed over once its label says so, and ours once it was taken over", () => {
    const world = governed();
    child(world, { uid: "another", creationTimestamp: BEFORE });
    child(world, { uid: "another", creationTimestamp: BEFORE, labels: { [ADOPT_LABEL]: "web" } });
    expect(record(world)).toMatchObject({ ours: false, isHandedOver: true, comparison: "stale" });
  });

  test("that is being deleted stays whose it was", () => {
    const world = governed();
    child(world, { deletionTimestamp: LATER });
    expect(record(world)).toMatchObject({ ours: true, comparison: "deleting" });
    child(world, { uid: "another", creationTimestamp: BEFORE, deletionTimestamp: LATER });
    expect(record(world)).toMatchObject({ ours: false, comparison: "deleting" });
  });
});

test("an orphaned child is remembered, and the next workload of its name takes it back", () => {
  const world = governed();
  const [workload] = world.all(SECURE_WORKLOAD);
  if (workload === undefined) throw new Error("there is no workload");
  world.remove(SECURE_WORKLOAD, workload);
  child(world, { creationTimestamp: BEFORE });
  expect(record(world)).toMatchObject({ type: "foreign", wasOurs: true });
  world.declare("web");
  child(world, { creationTimestamp: BEFORE });
  expect(record(world)).toMatchObject({ type: "child", ours: true });
});

describe("what no child is wanted for", () => {
  test("goes where it is ours", () => {
    const world = governed({ autoscaling: { minReplicas: 1, maxReplicas: 3, cpu: { averageUtilization: 70 } } });
    world.declare("web", {});
    const [live] = world.all(HORIZONTAL_POD_AUTOSCALER);
    world.put(HORIZONTAL_POD_AUTOSCALER, { ...live });
    expect(world.state.childrenOf(HORIZONTAL_POD_AUTOSCALER).get("shop/web")).toMatchObject({
      comparison: "extraneous",
    });
  });

  test("is foreign where only a label says otherwise", () => {
    const world = governed();
    const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
    world.foreign(HORIZONTAL_POD_AUTOSCALER, "web", { spec }, { labels: CLAIMS, creationTimestamp: BORN });
    expect(world.state.childrenOf(HORIZONTAL_POD_AUTOSCALER).get("shop/web")).toMatchObject({ type: "foreign" });
  });
});
