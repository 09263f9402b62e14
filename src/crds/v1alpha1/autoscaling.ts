import { z } from "zod";
import { listAtomic, listMap, matches, text, withRules } from "../schema.ts";
import { cron } from "./cron.ts";
import { timeZone } from "./time-zones.ts";

/** Of the amount that is requested, never of the limit. */
const utilization = (what: string) =>
  z.strictObject({
    averageUtilization: z
      .int()
      .min(1)
      .max(1_000)
      .meta({
        description: `Average use of the requested ${what}, in percent. The autoscaler adds pods above it and removes pods below it.`,
      }),
  });

const QUANTITY = "^[1-9][0-9]{0,11}m?$";

const quantity = (description: string) =>
  withRules(
    text(13, 1),
    matches(QUANTITY, 'a metric target must be a whole number or thousandths in quotes: "100" or "500m"'),
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
      .meta({ description: "Name of the metric in the metrics API that the platform team installed." }),
    labels: listMap(
      z
        .strictObject({
          name: text(63, 1).regex(LABEL_NAME).meta({ description: "Name of the label." }),
          value: text(63, 1).regex(LABEL_VALUE).meta({ description: "Required value." }),
        })
        .meta({ description: "One label of the metric." }),
      ["name"],
      { max: 8 },
    )
      .optional()
      .meta({ description: "Only the series with these labels." }),
    averageValue: quantity("Target for the metric per pod."),
    value: quantity("Target for the metric's total, independent of the number of pods."),
  }),
  {
    rule: "has(self.averageValue) != has(self.value)",
    message: "autoscaling.metrics needs exactly one of averageValue and value: keep one",
    holds: ({ averageValue, value }) => (averageValue === undefined) !== (value === undefined),
  },
  {
    rule: "self.type != 'Pods' || !has(self.value)",
    message: "a Pods metric is an average over the pods: use averageValue instead of value",
    holds: ({ type, value }) => type !== "Pods" || value === undefined,
  },
);

const window = withRules(
  z.strictObject({
    start: cron("autoscaling.schedule.start").meta({
      description: 'When it begins, as cron writes it: "0 8 * * 1-5" for example.',
    }),
    end: cron("autoscaling.schedule.end").meta({ description: "When it ends, in the same form." }),
    timeZone: timeZone("autoscaling.schedule.timeZone")
      .default("UTC")
      .meta({ description: "IANA time zone of start and end. Defaults to UTC." }),
    replicas: z.int().min(1).max(1_000).meta({ description: "Minimum number of pods during this time." }),
  }),
  {
    rule: "self.start != self.end",
    message: "autoscaling.schedule must not start and end at the same time: change one of them",
    holds: ({ start, end }) => start !== end,
  },
);

export const autoscaling = withRules(
  z.strictObject({
    minReplicas: z.int().min(0).max(1_000).default(1).meta({
      description: "Minimum number of pods. Defaults to 1; 0 requires a schedule, which starts pods again.",
    }),
    maxReplicas: z.int().min(1).max(1_000).meta({ description: "Maximum number of pods." }),
    cpu: utilization("processor time").optional().meta({ description: "Scale by CPU use." }),
    memory: utilization("memory").optional().meta({ description: "Scale by memory use." }),
    metrics: listAtomic(metric.meta({ description: "One metric and its target." }), { max: 8 })
      .optional()
      .meta({
        description:
          "Scale by application metrics, if the platform team installed a metrics API. There is no address field, so this cannot make the cluster call one.",
      }),
    schedule: listAtomic(window.meta({ description: "One recurring period of higher demand." }), { max: 8 })
      .optional()
      .meta({ description: "Periods with more pods. Requires KEDA; without it the schedule has no effect." }),
    scaleDownAfterSeconds: z.int().min(30).max(3_600).default(300).meta({
      description:
        "Seconds for which fewer pods must suffice before pods are removed; then at most a quarter of them, or one, per minute. Defaults to 300.",
    }),
  }),
  {
    rule: "self.minReplicas <= self.maxReplicas",
    message: "autoscaling.minReplicas must not exceed maxReplicas: raise maxReplicas or lower minReplicas",
    holds: ({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas,
  },
  {
    rule: "has(self.cpu) || has(self.memory) || (has(self.metrics) && self.metrics.size() > 0) || (has(self.schedule) && self.schedule.size() > 0)",
    message: "autoscaling needs at least one of cpu, memory, metrics and schedule: add one",
    holds: ({ cpu, memory, metrics = [], schedule = [] }) =>
      cpu !== undefined || memory !== undefined || metrics.length > 0 || schedule.length > 0,
  },
  {
    rule: "self.minReplicas > 0 || (has(self.schedule) && self.schedule.size() > 0)",
    message: "autoscaling.minReplicas 0 needs a schedule that starts the first pod again: add one, or use 1",
    holds: ({ minReplicas, schedule = [] }) => minReplicas > 0 || schedule.length > 0,
  },
  {
    rule: "!has(self.schedule) || self.schedule.size() == 0 || !has(self.metrics) || self.metrics.size() == 0",
    message: "autoscaling.schedule cannot be combined with metrics, only with cpu and memory: remove one of them",
    holds: ({ metrics = [], schedule = [] }) => metrics.length === 0 || schedule.length === 0,
  },
  {
    rule: "!has(self.schedule) || self.schedule.all(w, w.replicas <= self.maxReplicas)",
    message: "autoscaling.schedule.replicas must not exceed maxReplicas: raise maxReplicas or lower replicas",
    holds: ({ maxReplicas, schedule = [] }) => schedule.every(({ replicas }) => replicas <= maxReplicas),
  },
);
