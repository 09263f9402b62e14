import type { KubeObject } from "kopf-ts";
import { RUN_ANNOTATION } from "../crds/group.ts";
import { CRON_JOB, JOB } from "../kubernetes/kinds.ts";
import { child, childLabels, type ExpandInput } from "./input.ts";
import { runDigest } from "./job-run.ts";
import { buildPodTemplate, type PodTemplate } from "./pod-template.ts";

const DEFAULT_RETRIES = 3;
const ONE_DAY_SECONDS = 86_400;

/**
 * One run to completion. Has no time to live: a finished Job is the record that it ran, and without it Palisade would create
 * and run it again.
 */
export function buildJob(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  if (spec.type !== "Job") return undefined;
  return child(JOB, workload, workload.name, {
    spec: jobSpec(input, marked(buildPodTemplate(input), runDigest(spec))),
  });
}

/** The API server lets nobody change a Job's template, so that the mark on it stays what it was. */
const marked = ({ metadata, spec }: PodTemplate, run: string): PodTemplate => ({
  metadata: { ...metadata, annotations: { ...metadata.annotations, [RUN_ANNOTATION]: run } },
  spec,
});

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
      jobTemplate: { metadata: { labels: childLabels(workload) }, spec: jobSpec(input, buildPodTemplate(input)) },
    },
  });
}

/** Every run ends: it succeeds, runs out of retries, or exceeds its deadline. */
function jobSpec({ spec }: ExpandInput, template: PodTemplate): object {
  const { completions = 1, parallelism = 1, retries, deadlineSeconds } = spec.job ?? {};
  return {
    completions,
    parallelism,
    backoffLimit: retries ?? DEFAULT_RETRIES,
    activeDeadlineSeconds: deadlineSeconds ?? ONE_DAY_SECONDS,
    completionMode: "NonIndexed",
    podReplacementPolicy: "TerminatingOrFailed",
    manualSelector: false,
    suspend: false,
    template,
  };
}
