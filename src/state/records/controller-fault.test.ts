import { expect, test } from "@jest/globals";
import { noticeOf } from "./controller-fault.ts";

const object = (kind: string, conditions?: readonly object[]) => ({
  apiVersion: "x/v1",
  kind,
  metadata: { name: "web" },
  status: { conditions },
});

const condition = (type: string, status: string, reason: string) => ({ type, status, reason });

test.each([
  {
    name: "an autoscaler that sees no metric",
    live: object("HorizontalPodAutoscaler", [
      condition("AbleToScale", "True", "SucceededGetScale"),
      condition("ScalingActive", "False", "FailedGetResourceMetric"),
    ]),
    notice: "FailedGetResourceMetric",
  },
  {
    name: "an autoscaler whose target is scaled to nothing",
    live: object("HorizontalPodAutoscaler", [condition("ScalingActive", "False", "ScalingDisabled")]),
    notice: undefined,
  },
  {
    name: "an autoscaler at its limit",
    live: object("HorizontalPodAutoscaler", [condition("ScalingLimited", "False", "DesiredWithinRange")]),
    notice: undefined,
  },
  { name: "an autoscaler nobody looked at yet", live: object("HorizontalPodAutoscaler"), notice: undefined },
  {
    name: "a ScaledObject that KEDA refuses",
    live: object("ScaledObject", [condition("Ready", "False", "ScaledObjectCheckFailed")]),
    notice: "ScaledObjectCheckFailed",
  },
  {
    name: "another kind",
    live: object("Deployment", [condition("Ready", "False", "Whatever")]),
    notice: undefined,
  },
])("$name is told of by its reason alone, if at all", ({ live, notice }) => {
  expect(noticeOf(live)).toBe(notice);
});
