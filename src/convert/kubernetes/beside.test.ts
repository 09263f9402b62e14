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

describe("a ScaledObject", () => {
  const cron = { timezone: "Europe/Berlin", start: "0 8 * * 1-5", end: "0 18 * * 1-5", desiredReplicas: "4" };
  const scaled = (spec: Fields) =>
    converted(app({}), {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: "scale-web" },
      spec: { scaleTargetRef: { name: "web" }, ...spec },
    } as unknown as KubeObject);
  const verdicts = ({ ledger }: ReturnType<typeof scaled>) =>
    new Set(ledger.filter(({ object }) => object === "ScaledObject/scale-web").map(({ verdict }) => verdict));

  test("has schedules and shares, which are the workload's own", () => {
    const conversion = scaled({
      minReplicaCount: 2,
      maxReplicaCount: 10,
      pollingInterval: 15,
      advanced: {
        restoreToOriginalReplicaCount: true,
        horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 600 } } },
      },
      triggers: [
        { type: "cron", metadata: cron },
        { type: "cpu", metricType: "Utilization", metadata: { value: "70" } },
        { type: "memory", metadata: { type: "Utilization", value: "80" } },
      ],
    });
    expect(specOf(conversion)["autoscaling"]).toEqual({
      minReplicas: 2,
      maxReplicas: 10,
      cpu: { averageUtilization: 70 },
      memory: { averageUtilization: 80 },
      schedule: [{ start: cron.start, end: cron.end, timeZone: "Europe/Berlin", replicas: 4 }],
      scaleDownAfterSeconds: 600,
    });
    expect(isTaken(conversion)).toBe(true);
    expect(verdicts(conversion)).not.toContain("unclaimed");
    expect(decisionsOf(conversion)).toEqual([]);
  });

  test("tells of triggers that have an address, and of schedules that cannot be", () => {
    const conversion = scaled({
      idleReplicaCount: 0,
      triggers: [
        { type: "kafka", metadata: { bootstrapServers: "kafka:9092", topic: "orders" } },
        { type: "cron", metadata: { ...cron, start: "@daily" } },
      ],
    });
    expect(specOf(conversion)["autoscaling"]).toBeUndefined();
    expect(verdicts(conversion)).toEqual(new Set(["replaced", "dropped"]));
    expect(decisionsOf(conversion)).toEqual(
      expect.arrayContaining([
        expect.stringContaining("scales by kafka"),
        expect.stringContaining("is no schedule that can be declared"),
        expect.stringContaining("kept fewer pods"),
      ]),
    );
  });

  test("of nothing in these files is applied as it is", () => {
    expect(verdicts(scaled({ scaleTargetRef: { name: "other" } }))).toEqual(new Set(["kept"]));
  });
});

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
