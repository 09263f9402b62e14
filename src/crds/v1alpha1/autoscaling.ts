import { z } from "zod";
import { listAtomic, listMap, matches, text, withRules } from "../schema.ts";

/** Of the amount that is requested, never of the limit. */
const utilization = (what: string) =>
  z.strictObject({
    averageUtilization: z
      .int()
      .min(1)
      .max(1_000)
      .meta({
        description: `Percent of the requested ${what} that the pods use on average; above it pods are added, below it removed.`,
      }),
  });

const QUANTITY = "^[1-9][0-9]{0,11}m?$";

const quantity = (description: string) =>
  withRules(
    text(13, 1),
    matches(QUANTITY, 'a metric\'s target is written as a whole number or in thousandths: "100" or "500m", in quotes'),
  )
    .optional()
    .meta({ description });

const LABEL_NAME = /^[A-Za-z_]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** The name becomes a step of a URL path: no slash, and it does not begin with a dot. */
const METRIC_NAME = /^[A-Za-z_][A-Za-z0-9_:.|-]*$/;

const metric = withRules(
  z.strictObject({
    type: z.enum(["Pods", "External"]).meta({
      description:
        "Pods: a metric of this workload's own pods, from the custom metrics API. External: a number from outside, from the external metrics API.",
    }),
    name: text(128, 1)
      .regex(METRIC_NAME)
      .meta({ description: "Name of the metric, as the metrics API that the platform team installed calls it." }),
    labels: listMap(
      z
        .strictObject({
          name: text(63, 1).regex(LABEL_NAME).meta({ description: "Name of the label." }),
          value: text(63, 1).regex(LABEL_VALUE).meta({ description: "The value it must have." }),
        })
        .meta({ description: "One label of the metric." }),
      ["name"],
      { max: 8 },
    )
      .optional()
      .meta({ description: "Only the series with these labels." }),
    averageValue: quantity("Target for the metric divided by the number of pods."),
    value: quantity("Target for the metric as it is, whatever the number of pods."),
  }),
  {
    rule: "has(self.averageValue) != has(self.value)",
    message: "autoscaling.metrics needs exactly one of averageValue and value: keep the one that is meant",
    holds: ({ averageValue, value }) => (averageValue === undefined) !== (value === undefined),
  },
  {
    rule: "self.type != 'Pods' || !has(self.value)",
    message: "a metric of Pods is averaged over them: write averageValue in place of value",
    holds: ({ type, value }) => type !== "Pods" || value === undefined,
  },
);

const numbers = (range: string): string => `([*]|${range}(-${range})?)(/[1-9][0-9]?)?`;
const list = (range: string): string => `${numbers(range)}(,${numbers(range)})*`;

/** Five fields of numbers, as KEDA's cron scaler parses them. */
const CRON = `^${[
  list("[1-5]?[0-9]"),
  list("(1?[0-9]|2[0-3])"),
  list("([1-9]|[12][0-9]|3[01])"),
  list("([1-9]|1[0-2])"),
  list("[0-6]"),
].join(" ")}$`;

const cron = (description: string) =>
  withRules(
    text(100, 9),
    matches(
      CRON,
      "autoscaling.schedule takes five fields of numbers, minute hour day month weekday, such as 0 8 * * 1-5",
    ),
  ).meta({ description });

const window = withRules(
  z.strictObject({
    start: cron('When it begins, as cron writes it: "0 8 * * 1-5" for example.'),
    end: cron("When it ends, in the same form."),
    timeZone: text(64, 1)
      .regex(/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/)
      .default("UTC")
      .meta({ description: "Time zone of both, by its name in the IANA database. UTC unless set." }),
    replicas: z.int().min(1).max(1_000).meta({ description: "At least so many pods run meanwhile." }),
  }),
  {
    rule: "self.start != self.end",
    message: "autoscaling.schedule must end at another time than it starts: change one of the two",
    holds: ({ start, end }) => start !== end,
  },
);

export const autoscaling = withRules(
  z.strictObject({
    minReplicas: z.int().min(0).max(1_000).default(1).meta({
      description: "Never fewer pods than this. 1 unless set; 0 needs a schedule, which wakes the workload again.",
    }),
    maxReplicas: z.int().min(1).max(1_000).meta({ description: "Never more pods than this." }),
    cpu: utilization("processor time").optional().meta({ description: "Scale by processor time." }),
    memory: utilization("memory").optional().meta({ description: "Scale by memory." }),
    metrics: listAtomic(metric.meta({ description: "One metric and its target." }), { max: 8 })
      .optional()
      .meta({
        description:
          "Scale by metrics of the application, where the platform team installed a metrics API. There is no address to name: nothing here makes the cluster call one.",
      }),
    schedule: listAtomic(window.meta({ description: "One recurring time of higher demand." }), { max: 8 })
      .optional()
      .meta({ description: "Times at which more pods run. Needs KEDA; without it the schedule is off." }),
    scaleDownAfterSeconds: z.int().min(30).max(3_600).default(300).meta({
      description:
        "Pods are removed only when fewer sufficed for so long, and then at most a quarter of them, or one, each minute. 300 unless set.",
    }),
  }),
  {
    rule: "self.minReplicas <= self.maxReplicas",
    message: "autoscaling.minReplicas must not exceed maxReplicas: raise the one or lower the other",
    holds: ({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas,
  },
  {
    rule: "has(self.cpu) || has(self.memory) || (has(self.metrics) && self.metrics.size() > 0) || (has(self.schedule) && self.schedule.size() > 0)",
    message: "autoscaling needs something to scale by: add cpu, memory, metrics or schedule",
    holds: ({ cpu, memory, metrics = [], schedule = [] }) =>
      cpu !== undefined || memory !== undefined || metrics.length > 0 || schedule.length > 0,
  },
  {
    rule: "self.minReplicas > 0 || (has(self.schedule) && self.schedule.size() > 0)",
    message: "autoscaling.minReplicas 0 needs a schedule to start the first pod again: add one, or write 1",
    holds: ({ minReplicas, schedule = [] }) => minReplicas > 0 || schedule.length > 0,
  },
  {
    rule: "!has(self.schedule) || self.schedule.size() == 0 || !has(self.metrics) || self.metrics.size() == 0",
    message: "autoscaling.schedule goes with cpu and memory, not with metrics: keep one of the two",
    holds: ({ metrics = [], schedule = [] }) => metrics.length === 0 || schedule.length === 0,
  },
  {
    rule: "!has(self.schedule) || self.schedule.all(w, w.replicas <= self.maxReplicas)",
    message: "autoscaling.schedule.replicas must not exceed maxReplicas: raise the one or lower the other",
    holds: ({ maxReplicas, schedule = [] }) => schedule.every(({ replicas }) => replicas <= maxReplicas),
  },
);
