/** Arbitrary scale, placement and monitoring for SecureWorkloads: good ones, and texts and numbers near the edge of a rule. */
import fc from "fast-check";

const optional = { requiredKeys: [] };
const pods = fc.constantFrom(0, 1, 2, 3, 4, 10, 1_000);
const amount = fc.constantFrom<number | string>(
  0,
  1,
  2,
  3,
  "0%",
  "1%",
  "25%",
  "34%",
  "50%",
  "99%",
  "100%",
  "101%",
  "2",
  "%",
);
const utilization = fc.record({ averageUtilization: fc.constantFrom(0, 1, 70, 1_000, 1_001) });
const target = fc.constantFrom("100", "500m", "1000", "0", "1.5", "1k", "-1");
const metric = fc.record(
  {
    type: fc.constantFrom("Pods", "External", "Object"),
    name: fc.constantFrom("http_requests", "queue|depth", "a.b-c:d", "../x", "a/b", ".", ""),
    labels: fc.array(
      fc.record({ name: fc.constantFrom("queue", "a.b", "-x"), value: fc.constantFrom("v", "a b", "") }),
      {
        maxLength: 2,
      },
    ),
    averageValue: target,
    value: target,
  },
  { requiredKeys: ["type", "name"] },
);
const cron = fc.constantFrom(
  "0 8 * * 1-5",
  "*/15 0-6,22 1 1-12/2 0",
  "59 23 31 12 6",
  "60 0 * * *",
  "0 24 * * *",
  "0 0 0 * *",
  "0 0 * 13 *",
  "0 0 * * 7",
  "0 0 * * 5-1",
  "0 0 31 4,jun *",
  "00 08 * Jan-MAR fri",
  "0 8 * *",
  "0 8 * * * *",
  "@daily",
  "0  8 * * *",
);
const schedule = fc.record(
  {
    start: cron,
    end: cron,
    timeZone: fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "Etc/GMT+1",
      "America/Argentina/Salta",
      "utc",
      "../x",
      "Europe/",
      "Mars/Phobos",
      "GMT+0",
    ),
    replicas: pods,
  },
  { requiredKeys: ["start", "end", "replicas"] },
);

const autoscaling = fc.record(
  {
    minReplicas: pods,
    maxReplicas: pods,
    cpu: utilization,
    memory: utilization,
    metrics: fc.array(metric, { maxLength: 2 }),
    schedule: fc.array(schedule, { maxLength: 2 }),
    scaleDownAfterSeconds: fc.constantFrom(0, 30, 3_600, 3_601),
  },
  { requiredKeys: ["maxReplicas"] },
);
const disruption = fc.record({ maxUnavailable: amount, minAvailable: amount }, optional);
const rollout = fc.record(
  {
    maxSurge: amount,
    maxUnavailable: amount,
    minReadySeconds: fc.constantFrom(0, 59, 60, 600, 3_600),
    replace: fc.boolean(),
    progressDeadlineSeconds: fc.constantFrom(59, 60, 600, 7_200),
  },
  optional,
);

/** Good or bad is for the server and for zod to say. */
export const scaleChange = fc.oneof(
  fc.record({ replicas: pods, autoscaling: fc.option(autoscaling, { nil: undefined }), disruption }),
  fc.record({ replicas: pods, autoscaling: fc.option(autoscaling, { nil: undefined }), rollout }),
  fc.record({ autoscaling }),
  fc.record({
    placement: fc.record(
      {
        spread: fc.record({ nodes: fc.constantFrom("Preferred", "Required", "Never") }, optional),
        architecture: fc.array(fc.constantFrom("amd64", "arm64", "x86"), { maxLength: 3 }),
        accelerator: fc.record(
          {
            name: fc.constantFrom("nvidia-gpu", "google-tpu", "nvidia.com/gpu"),
            count: fc.constantFrom(0, 1, 64, 65),
            model: fc.constantFrom("NVIDIA-L4", "a b", "-a"),
          },
          optional,
        ),
      },
      optional,
    ),
  }),
  fc.record({ priority: fc.constantFrom("Low", "Normal", "High", "system-node-critical", "") }),
  fc.record({
    monitoring: fc.record(
      {
        port: fc.constantFrom(0, 53, 8080),
        path: fc.constantFrom("/metrics", "/", "/a/b", "metrics", "/a//b", "/metrics?x=y", "/a b", "/%2e"),
        intervalSeconds: fc.constantFrom(9, 10, 3_600, 3_601),
      },
      optional,
    ),
    ports: fc.constantFrom(
      [{ name: "dns", port: 53, protocol: "UDP" }],
      [{ name: "http", port: 8080, protocol: "TCP" }],
    ),
  }),
);

/** What every rule lets through, whatever the replicas and ports. */
export const goodScale = fc.record(
  {
    autoscaling: fc.constantFrom<object>(
      { minReplicas: 2, maxReplicas: 10, cpu: { averageUtilization: 70 } },
      {
        maxReplicas: 3,
        memory: { averageUtilization: 80 },
        metrics: [{ type: "Pods", name: "rate", averageValue: "1000" }],
      },
      {
        minReplicas: 0,
        maxReplicas: 5,
        schedule: [{ start: "0 8 * * 1-5", end: "0 18 * * 1-5", timeZone: "Europe/Berlin", replicas: 5 }],
      },
    ),
    disruption: fc.constantFrom<object>({ maxUnavailable: 2 }, { maxUnavailable: "25%" }),
    rollout: fc.constantFrom<object>(
      { maxSurge: "100%" },
      { maxSurge: 1, minReadySeconds: 10 },
      { maxUnavailable: "40%" },
      { replace: true },
    ),
    placement: fc.constantFrom<object>(
      { spread: { zones: "Required" } },
      { architecture: ["amd64", "arm64"] },
      { accelerator: { name: "nvidia-gpu", count: 2, model: "NVIDIA-L4" }, architecture: ["amd64"] },
    ),
    priority: fc.constantFrom("Low", "Normal", "High"),
    monitoring: fc.constantFrom<object>({ port: 9_797 }, { port: 8_080, path: "/stats", intervalSeconds: 60 }),
  },
  optional,
);

const LABELS = [{ name: "queue", value: "orders" }];

/** What follows demand and how it is replaced, over three turns: some fields exclude each other. Only a Deployment has these. */
export const everyElasticField = (turn: number) => ({
  autoscaling: {
    minReplicas: 3,
    maxReplicas: 10,
    cpu: { averageUtilization: 70 },
    memory: { averageUtilization: 80 },
    scaleDownAfterSeconds: 600,
    ...[
      { metrics: [{ type: "Pods", name: "requests_per_second", labels: LABELS, averageValue: "100" }] },
      { metrics: [{ type: "External", name: "queue_depth", value: "1500m" }] },
      { schedule: [{ start: "0 8 * * 1-5", end: "0 18 * * 1-5", timeZone: "Europe/Berlin", replicas: 5 }] },
    ][turn % 3],
  },
  rollout:
    turn % 2 === 0
      ? { maxSurge: "50%", maxUnavailable: 1, minReadySeconds: 5, progressDeadlineSeconds: 300 }
      : { replace: true, minReadySeconds: 5, progressDeadlineSeconds: 300 },
});

export const everyBudget = (turn: number) => ({
  disruption: turn % 2 === 0 ? { minAvailable: "50%" } : { maxUnavailable: 1 },
});

/** Where pods run and are watched, of every type. */
export const everyPlacementField = () => ({
  placement: {
    spread: { nodes: "Required", zones: "Preferred" },
    architecture: ["amd64", "arm64"],
    accelerator: { name: "nvidia-gpu", count: 2, model: "NVIDIA-L4" },
  },
  priority: "High",
  monitoring: { port: 8080, path: "/metrics", intervalSeconds: 15 },
});
