import { expect, test } from "@jest/globals";
import { type Governed, governed } from "../../test/support/governed.ts";
import { DEPLOYMENT } from "../kubernetes/kinds.ts";
import { isServing } from "./serving.ts";

/** The Deployment as its controller reports it. */
function report(world: Governed, { replicas = 1, generation = 1, observedGeneration = 1, available = 1 }): void {
  world.stand("web", (child) =>
    child.kind === DEPLOYMENT.kind
      ? {
          ...child,
          metadata: { ...child.metadata, generation },
          spec: { ...(child["spec"] as object), replicas },
          status: { observedGeneration, replicas, updatedReplicas: replicas, availableReplicas: available },
        }
      : child,
  );
}

test.each([
  { name: "every pod is available", serves: true },
  { name: "none is", available: 0, serves: false },
  { name: "its controller has not seen the change yet", generation: 2, serves: false },
])("a workload serves where $name: $serves", ({ serves, ...reported }) => {
  const world = governed();
  report(world, reported);
  expect(isServing(world.workload(), world.state)).toBe(serves);
});

test("a workload whose controller is not there serves nobody", () => {
  const world = governed();
  for (const object of world.all(DEPLOYMENT)) world.remove(DEPLOYMENT, object);
  expect(isServing(world.workload(), world.state)).toBe(false);
});

test.each([
  { name: "a run serves nobody, so nothing waits for it", health: { run: { state: "Running" } }, serves: true },
  { name: "a controller without a number of its own needs one pod", health: { available: 1 }, serves: true },
  { name: "a controller that nothing is known of", health: undefined, serves: false },
])("$name", ({ health, serves }) => {
  const world = governed();
  const known = health === undefined ? undefined : { generation: 1, observedGeneration: 1, available: 0, ...health };
  Object.assign(world.state, { healthOf: () => known });
  expect(isServing(world.workload(), world.state)).toBe(serves);
});
