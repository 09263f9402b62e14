import { expect, test } from "@jest/globals";
import { controlledBy, type Governed, governed, run } from "../../test/support/governed.ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { DEPLOYMENT, POD, REPLICA_SET, STATEFUL_SET } from "../kubernetes/kinds.ts";
import { endsBeforeSuccessor, waitsForPredecessor } from "./type-change.ts";

const claims = [{ name: "data", path: "/data", existing: "notes" }];

const kind = CONTROLLER_KINDS.find(({ resource }) => resource === STATEFUL_SET);

function waits({ state, workload }: Governed): boolean {
  if (kind === undefined) throw new Error("a StatefulSet is a controller");
  return waitsForPredecessor(workload(), kind, state);
}

/** A Deployment whose spec has become a StatefulSet. */
function changed(spec: object = { claims }) {
  const world = governed(spec);
  const made = run(world);
  world.declare("web", { ...spec, type: "StatefulSet" });
  return { world, ...made };
}

test("what writes a claim ends, and its pods with it, before its successor is made", () => {
  const { world, pod } = changed();
  expect(waits(world)).toBe(true);
  for (const deployment of world.all(DEPLOYMENT)) world.remove(DEPLOYMENT, deployment);
  expect(waits(world)).toBe(true);
  world.remove(POD, pod);
  expect(waits(world)).toBe(false);
});

test("pods that were orphaned for a controller of the same type are waited for by nobody", () => {
  const { world, pod } = changed();
  for (const deployment of world.all(DEPLOYMENT)) world.remove(DEPLOYMENT, deployment);
  world.put(POD, { ...pod, metadata: { ...pod.metadata, ownerReferences: [] } });
  expect(waits(world)).toBe(false);
});

test("pods that share nothing hand over without a gap", () => {
  expect(waits(changed({}).world)).toBe(false);
});

test.each([
  { name: "a claim that exists", spec: { claims }, expected: true },
  { name: "a claim that is only read", spec: { claims: [{ ...claims[0], readOnly: true }] }, expected: false },
  { name: "a claim that two may write", spec: { claims, rollout: { replace: false } }, expected: false },
  { name: "no claim", spec: {}, expected: false },
])("with $name pods end before their successors: $expected", ({ spec, expected }) => {
  expect(endsBeforeSuccessor(spec as Parameters<typeof endsBeforeSuccessor>[0])).toBe(expected);
});

test("the pods of a Deployment are those of its ReplicaSets", () => {
  const world = governed({ claims });
  const { set } = run(world);
  const deployment = CONTROLLER_KINDS.find(({ resource }) => resource === DEPLOYMENT);
  if (deployment === undefined) throw new Error("a Deployment is a controller");
  for (const live of world.all(DEPLOYMENT)) world.remove(DEPLOYMENT, live);
  expect(controlledBy(set, REPLICA_SET).ownerReferences[0]?.kind).toBe("ReplicaSet");
  expect(waitsForPredecessor(world.workload(), deployment, world.state)).toBe(false);
});
