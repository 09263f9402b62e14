import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { replicasOf, withLiveReplicas } from "./replicas.ts";

const deployment = (replicas?: number): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { ...(replicas === undefined ? {} : { replicas }), paused: false },
});

const range = { min: 2, max: 10 };

test.each([
  { name: "keeps what an autoscaler chose", live: 7, expected: 7 },
  { name: "keeps the least", live: 2, expected: 2 },
  { name: "keeps the most", live: 10, expected: 10 },
  { name: "raises zero to the least", live: 0, expected: 2 },
  { name: "lowers a thousand to the most", live: 1_000, expected: 10 },
  { name: "puts a missing number back to the start", live: undefined, expected: 3 },
])("$name", ({ live, expected }) => {
  expect(withLiveReplicas(deployment(3), deployment(live), range)["spec"]).toEqual({
    replicas: expected,
    paused: false,
  });
});

test("without an autoscaler the number is the spec's own", () => {
  expect(withLiveReplicas(deployment(3), deployment(7), undefined)).toEqual(deployment(3));
});

test("an object without a spec has no number, and takes that of the live one", () => {
  const { spec, ...bare } = deployment(3) as KubeObject & { readonly spec: unknown };
  expect(replicasOf(bare)).toBeUndefined();
  expect(withLiveReplicas(bare, deployment(4), range)["spec"]).toEqual({ replicas: 4 });
});
