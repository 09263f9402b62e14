/** Autoscalers, devices and the platform's callers, as fields of the workload. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  app,
  converted,
  decisionsOf,
  type Fields,
  isTaken,
  policy,
  specOf,
  verdictOf,
} from "../../../test/support/conversions.ts";

describe("beside a workload", () => {
  const autoscaler = (...metrics: readonly Fields[]) =>
    ({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web" },
      spec: { scaleTargetRef: { kind: "Deployment", name: "web" }, maxReplicas: 3, metrics },
    }) as unknown as KubeObject;
  const metric = (more: Fields = {}) => ({ name: "queue_depth", ...more });

  test("metrics of an application scale it, and those of other objects are told", () => {
    const conversion = converted(
      app({}),
      autoscaler(
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
        { type: "Pods", pods: { metric: metric(), target: { type: "AverageValue", averageValue: "1k" } } },
        {
          type: "External",
          external: {
            metric: metric({ selector: { matchLabels: { q: "a" } } }),
            target: { type: "Value", value: "0.5" },
          },
        },
        { type: "Object", object: { metric: metric(), describedObject: { kind: "Ingress", name: "x" } } },
        { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
      ),
    );
    expect(specOf(conversion)["autoscaling"]).toEqual({
      maxReplicas: 3,
      cpu: { averageUtilization: 70 },
      metrics: [
        { type: "Pods", name: "queue_depth", averageValue: "1000" },
        { type: "External", name: "queue_depth", labels: [{ name: "q", value: "a" }], value: "500m" },
      ],
    });
    expect(decisionsOf(conversion)).toEqual([expect.stringMatching(/^autoscaling\.metrics: app\.yaml:\d+ is neither/)]);
    expect(verdictOf(conversion, "metrics[3].object.metric.name")).toMatch(/^dropped/);
    expect(isTaken(conversion)).toBe(true);
  });

  test.each([
    [{ nodeSelector: { "nvidia.com/gpu.product": "L4" } }, { name: "nvidia-gpu", count: 2, model: "L4" }],
    [{}, { name: "nvidia-gpu", count: 2 }],
  ])("devices of the first container are an accelerator: %j", (pod, accelerator) => {
    const conversion = converted(app({ container: { resources: { limits: { "nvidia.com/gpu": 2 } } }, pod }));
    expect(specOf(conversion)["placement"]).toEqual({ accelerator });
    expect(verdictOf(conversion, "limits[nvidia.com/gpu]")).toBe("kept: placement.accelerator.count");
    expect(decisionsOf(conversion)).toEqual([]);
    expect(isTaken(conversion)).toBe(true);
  });

  test("the gateway that may call a port which is not exposed is named", () => {
    const containerPorts = [80, 81].map((containerPort) => ({ containerPort }));
    const gateway = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } };
    const conversion = converted(
      app({ container: { ports: containerPorts } }),
      policy("web", { ingress: [{ from: [gateway] }] }),
    );
    expect(specOf(conversion)["access"]).toEqual({ inbound: [{ gateway: true }] });
  });
});
