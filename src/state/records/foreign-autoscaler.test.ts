import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { autoscalerFacts } from "./foreign-autoscaler.ts";

const scaler = (kind: string, spec: object): KubeObject => ({
  apiVersion: "x/v1",
  kind,
  metadata: { name: "theirs", namespace: "shop", uid: "u" },
  spec,
});

const kept = (kind: string, spec: object) => autoscalerFacts(scaler(kind, spec));

const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

test.each([
  { name: "a HorizontalPodAutoscaler", kind: "HorizontalPodAutoscaler", spec: { scaleTargetRef: deployment } },
  { name: "a VerticalPodAutoscaler", kind: "VerticalPodAutoscaler", spec: { targetRef: deployment } },
  { name: "a ScaledObject", kind: "ScaledObject", spec: { scaleTargetRef: deployment } },
  { name: "a ScaledObject that names no kind", kind: "ScaledObject", spec: { scaleTargetRef: { name: "web" } } },
])("$name is kept by the workload it reaches for", ({ kind, spec }) => {
  expect(kept(kind, spec)).toMatchObject({
    workload: "web",
    target: { group: "apps", kind: "Deployment", name: "web" },
  });
});

test("a ReplicaSet is its Deployment's", () => {
  const target = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f" };
  expect(kept("HorizontalPodAutoscaler", { scaleTargetRef: target })?.workload).toBe("web");
});

test.each([
  {
    name: "only gives advice",
    kind: "VerticalPodAutoscaler",
    spec: { targetRef: deployment, updatePolicy: { updateMode: "Off" } },
  },
  { name: "scales nothing", kind: "HorizontalPodAutoscaler", spec: {} },
])("one that $name is not kept", ({ kind, spec }) => {
  expect(kept(kind, spec)).toBeUndefined();
});
