import { expect, test } from "@jest/globals";
import type { KubeObject } from "../kopf/object.ts";
import { isSameScaler, shapeForeignScaler } from "./foreign-scaler.ts";

const scaler = (kind: string, spec: object): KubeObject => ({
  apiVersion: "x/v1",
  kind,
  metadata: { name: "theirs", namespace: "shop", uid: "u" },
  spec,
});

const kept = (kind: string, spec: object) => shapeForeignScaler(scaler(kind, spec), undefined, 0);

const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

test.each([
  { name: "a HorizontalPodAutoscaler", kind: "HorizontalPodAutoscaler", spec: { scaleTargetRef: deployment } },
  { name: "a VerticalPodAutoscaler", kind: "VerticalPodAutoscaler", spec: { targetRef: deployment } },
  { name: "a ScaledObject", kind: "ScaledObject", spec: { scaleTargetRef: deployment } },
  { name: "a ScaledObject that names no kind", kind: "ScaledObject", spec: { scaleTargetRef: { name: "web" } } },
])("$name is kept by the workload it reaches for", ({ kind, spec }) => {
  expect(kept(kind, spec)).toMatchObject({
    workload: "shop/web",
    target: { group: "apps", kind: "Deployment", name: "web" },
  });
});

test("a ReplicaSet is its Deployment's", () => {
  const target = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f" };
  expect(kept("HorizontalPodAutoscaler", { scaleTargetRef: target })?.workload).toBe("shop/web");
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

test("a status that moved changes nothing; another target or owner does", () => {
  const before = kept("HorizontalPodAutoscaler", { scaleTargetRef: deployment });
  if (before === undefined) throw new Error("nothing was kept");
  expect(isSameScaler(before, { ...before, seenMs: 7 })).toBe(true);
  expect(isSameScaler(before, { ...before, ownerUid: "o" })).toBe(false);
  expect(isSameScaler(before, { ...before, target: { ...before.target, name: "other" } })).toBe(false);
  expect(isSameScaler(undefined, before)).toBe(false);
});
