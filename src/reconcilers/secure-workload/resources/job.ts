import type { KubeObject } from "../../../kopf/object.ts";
import { child, childLabels, type ExpandInput } from "./input.ts";
import { CRON_JOB, JOB } from "./kinds.ts";
import { buildPodTemplate } from "./pod-template.ts";

const DEFAULT_RETRIES = 3;
const ONE_DAY_SECONDS = 86_400;

/**
 * One run to the end. A finished Job is kept as the record that it ran: with a time to live it would be missing, and be
 * made, and run, again.
 */
export function buildJob(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  return spec.type === "Job" ? child(JOB, workload, workload.name, { spec: jobSpec(input) }) : undefined;
}

export function buildCronJob(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  const { schedule } = spec;
  if (spec.type !== "CronJob" || schedule === undefined) return undefined;
  return child(CRON_JOB, workload, workload.name, {
    spec: {
      schedule: schedule.cron,
      timeZone: schedule.timeZone,
      concurrencyPolicy: schedule.concurrency,
      startingDeadlineSeconds: schedule.startingDeadlineSeconds,
      suspend: schedule.suspended,
      successfulJobsHistoryLimit: schedule.keepSucceeded,
      failedJobsHistoryLimit: schedule.keepFailed,
      jobTemplate: { metadata: { labels: childLabels(workload) }, spec: jobSpec(input) },
    },
  });
}

/** Every run ends: by success, by its retries, or by its deadline. */
function jobSpec(input: ExpandInput): object {
  const { completions = 1, parallelism = 1, retries, deadlineSeconds } = input.spec.job ?? {};
  return {
    completions,
    parallelism,
    backoffLimit: retries ?? DEFAULT_RETRIES,
    activeDeadlineSeconds: deadlineSeconds ?? ONE_DAY_SECONDS,
    completionMode: "NonIndexed",
    podReplacementPolicy: "TerminatingOrFailed",
    manualSelector: false,
    suspend: false,
    template: buildPodTemplate(input),
  };
}
