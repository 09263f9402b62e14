import { describe, expect, test } from "@jest/globals";
import { anInput, NO_FACTS, specOf } from "../../test/support/expand-input.ts";
import { buildDeployment } from "./deployment.ts";
import { buildHorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import type { ExpandInput } from "./input.ts";
import { buildPodMonitor, buildServiceMonitor } from "./monitors.ts";
import { buildPodDisruptionBudget } from "./pod-disruption-budget.ts";
import { replicaRange, startReplicas } from "./replicas.ts";
import { buildScaledObject } from "./scaled-object.ts";

const input = (spec: object, keda = false): ExpandInput => anInput(spec, { facts: { ...NO_FACTS, keda } });

const cpu = { averageUtilization: 70 };
const schedule = [{ start: "0 8 * * *", end: "0 18 * * *", replicas: 4 }];

describe("the number of pods", () => {
  test.each([
    { name: "is the spec's without autoscaling", spec: { replicas: 3 }, start: 3, range: undefined },
    {
      name: "starts inside the bounds of an autoscaler",
      spec: { replicas: 20, autoscaling: { minReplicas: 2, maxReplicas: 10, cpu } },
      start: 10,
      range: { min: 2, max: 10 },
    },
    {
      name: "starts at the minimum where replicas is not set",
      spec: { autoscaling: { minReplicas: 2, maxReplicas: 10, cpu } },
      start: 2,
      range: { min: 2, max: 10 },
    },
    {
      name: "is nobody's to raise in a workload that is stopped",
      spec: { replicas: 0, autoscaling: { minReplicas: 2, maxReplicas: 10, cpu } },
      start: 0,
      range: undefined,
    },
    {
      name: "may be none with KEDA",
      spec: { autoscaling: { minReplicas: 0, maxReplicas: 5, schedule } },
      keda: true,
      start: 1,
      range: { min: 0, max: 5 },
    },
    {
      name: "is one at the least where KEDA is missing",
      spec: { autoscaling: { minReplicas: 0, maxReplicas: 5, cpu, schedule } },
      start: 1,
      range: { min: 1, max: 5 },
    },
    {
      name: "is fixed where only KEDA could choose it, and is missing",
      spec: { replicas: 3, autoscaling: { minReplicas: 0, maxReplicas: 5, schedule } },
      start: 3,
      range: undefined,
    },
  ])("$name", ({ spec, keda, start, range }) => {
    expect(startReplicas(input(spec, keda))).toBe(start);
    expect(replicaRange(input(spec, keda))).toEqual(range);
    expect(specOf(buildDeployment(input(spec, keda)))["replicas"]).toBe(start);
  });
});

describe("a workload has one autoscaler at most", () => {
  const scheduled = { autoscaling: { minReplicas: 1, maxReplicas: 5, cpu, schedule } };

  test("KEDA's for a schedule, where KEDA is", () => {
    expect(buildHorizontalPodAutoscaler(input(scheduled, true))).toBeUndefined();
    expect(buildScaledObject(input(scheduled, true))).toBeDefined();
  });

  test("the built-in one for what it can measure, where KEDA is not", () => {
    expect(specOf(buildHorizontalPodAutoscaler(input(scheduled)))["metrics"]).toHaveLength(1);
  });

  test("none without a declaration, and none in a workload that is stopped", () => {
    for (const spec of [{}, { replicas: 0, ...scheduled }]) {
      expect(buildHorizontalPodAutoscaler(input(spec))).toBeUndefined();
      expect(buildScaledObject(input(spec, true))).toBeUndefined();
    }
  });
});

test("KEDA is never given an address, a credential or a query", () => {
  const spec = { autoscaling: { maxReplicas: 5, cpu, memory: cpu, schedule } };
  const { triggers } = specOf(buildScaledObject(input(spec, true))) as {
    triggers: { type: string; metadata: object }[];
  };
  expect(triggers.map(({ type }) => type)).toEqual(["cpu", "memory", "cron"]);
  const keys = triggers.flatMap(({ metadata }) => Object.keys(metadata));
  expect([...new Set(keys)].sort()).toEqual(["desiredReplicas", "end", "start", "timezone", "value"]);
});

test("the built-in autoscaler measures pods and external sources in the API server's own notation", () => {
  const labels = [{ name: "queue", value: "mail" }];
  const metrics = [
    { type: "Pods", name: "requests", averageValue: "1000m" },
    { type: "External", name: "depth", value: "2000m", labels },
  ];
  const { metrics: built } = specOf(buildHorizontalPodAutoscaler(input({ autoscaling: { maxReplicas: 5, metrics } })));
  expect(built).toEqual([
    { type: "Pods", pods: { metric: { name: "requests" }, target: { type: "AverageValue", averageValue: "1" } } },
    {
      type: "External",
      external: {
        metric: { name: "depth", selector: { matchLabels: { queue: "mail" } } },
        target: { type: "Value", value: "2" },
      },
    },
  ]);
});

test("a budget says what the spec says, in one of its two forms", () => {
  expect(specOf(buildPodDisruptionBudget(input({})))).toMatchObject({ maxUnavailable: 1 });
  const kept = specOf(buildPodDisruptionBudget(input({ replicas: 4, disruption: { minAvailable: "50%" } })));
  expect(kept).toMatchObject({ minAvailable: "50%" });
  expect(kept).not.toHaveProperty("maxUnavailable");
});

test("a rollout never takes a healthy pod away first, unless the spec says so", () => {
  const strategyOf = (spec: object) => specOf(buildDeployment(input(spec)))["strategy"];
  expect(strategyOf({ replicas: 100 })).toEqual({
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
  });
  expect(strategyOf({ replicas: 100, rollout: { maxUnavailable: 10 } })).toMatchObject({
    rollingUpdate: { maxUnavailable: 10 },
  });
});

describe("metrics", () => {
  const portsOf = (spec: object): readonly { name: string; containerPort: number }[] => {
    const { template } = specOf(buildDeployment(input(spec))) as {
      template: { spec: { containers: { ports?: { name: string; containerPort: number }[] }[] } };
    };
    return template.spec.containers[0]?.ports ?? [];
  };

  test("are scraped through the Service that answers on their port", () => {
    const spec = { monitoring: { port: 8080 } };
    expect(specOf(buildServiceMonitor(input(spec)))["endpoints"]).toMatchObject([{ port: "http", path: "/metrics" }]);
    expect(buildPodMonitor(input(spec))).toBeUndefined();
  });

  test("are scraped from the pods where no Service leads to their port", () => {
    const spec = { monitoring: { port: 9_090 } };
    expect(buildServiceMonitor(input(spec))).toBeUndefined();
    expect(specOf(buildPodMonitor(input(spec)))["podMetricsEndpoints"]).toMatchObject([{ port: "metrics" }]);
    expect(portsOf(spec)).toContainEqual({ name: "metrics", containerPort: 9_090, protocol: "TCP" });
  });

  test("take a free name for their port", () => {
    const ports = [
      { name: "metrics", port: 1 },
      { name: "metrics-2", port: 2 },
    ];
    const spec = { ports, monitoring: { port: 9_090 } };
    expect(portsOf(spec).map(({ name }) => name)).toEqual(["metrics", "metrics-2", "metrics-3"]);
    expect(specOf(buildPodMonitor(input(spec)))["podMetricsEndpoints"]).toMatchObject([{ port: "metrics-3" }]);
  });

  test("of a StatefulSet are scraped from its pods, on the declared port, since it has two Services", () => {
    const spec = { type: "StatefulSet", monitoring: { port: 8080 } };
    expect(buildServiceMonitor(input(spec))).toBeUndefined();
    expect(specOf(buildPodMonitor(input(spec)))["podMetricsEndpoints"]).toMatchObject([{ port: "http" }]);
    expect(portsOf({ monitoring: { port: 8080 } }).map(({ name }) => name)).toEqual(["http"]);
  });

  test("of a workload without ports and beside other containers are scraped from its first container", () => {
    const containers = [{ name: "proxy", role: "Sidecar", image: "registry.example.com/shop/proxy:1" }];
    expect(portsOf({ ports: [], containers, monitoring: { port: 9_090 } })).toHaveLength(1);
  });

  test("are scraped no longer than the time between two scrapes, and lead the scraper nowhere else", () => {
    const spec = { monitoring: { port: 8080, intervalSeconds: 10 } };
    expect(specOf(buildServiceMonitor(input(spec)))["endpoints"]).toMatchObject([
      { interval: "10s", scrapeTimeout: "10s", followRedirects: false, honorLabels: false },
    ]);
  });
});
