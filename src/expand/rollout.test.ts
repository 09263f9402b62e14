import { expect, test } from "@jest/globals";
import { isReplaced } from "./rollout.ts";

type Spec = Parameters<typeof isReplaced>[0];

const existing = { name: "data", path: "/data", existing: "notes" };

test.each<{ name: string; spec: Partial<Spec>; expected: boolean }>([
  { name: "a single pod without a claim is not", spec: {}, expected: false },
  { name: "a single pod that writes a claim is", spec: { claims: [existing] }, expected: true },
  {
    name: "a single pod that reads a claim is not",
    spec: { claims: [{ ...existing, readOnly: true }] },
    expected: false,
  },
  {
    name: "a single pod whose claim many may write is not",
    spec: { claims: [{ name: "data", path: "/data", size: "1Gi", accessMode: "ReadWriteMany" }] },
    expected: false,
  },
  { name: "two pods that share a claim are not", spec: { replicas: 2, claims: [existing] }, expected: false },
  {
    name: "a single pod that an autoscaler may join is not",
    spec: { claims: [existing], autoscaling: { minReplicas: 1, maxReplicas: 2, scaleDownAfterSeconds: 300 } },
    expected: false,
  },
  { name: "what says so is", spec: { replicas: 3, rollout: { replace: true } }, expected: true },
  { name: "what says not is not", spec: { claims: [existing], rollout: { replace: false } }, expected: false },
  { name: "a surge does not outvote the data", spec: { claims: [existing], rollout: { maxSurge: 1 } }, expected: true },
])("$name replaced", ({ spec, expected }) => {
  expect(isReplaced({ replicas: 1, ...spec })).toBe(expected);
});
