/** What only some types of workload have: runs, schedules, and how replicas with a state come and go. */
import { z } from "zod";
import { text, withRules } from "../schema.ts";
import { cronOrMacro } from "./cron.ts";
import { timeZone } from "./time-zones.ts";

export const WORKLOAD_TYPES = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"] as const;

export type WorkloadType = (typeof WORKLOAD_TYPES)[number];

export const type = z.enum(WORKLOAD_TYPES).default("Deployment").meta({
  description:
    "Kind of workload: Deployment by default; StatefulSet for pods with stable names and own claims, DaemonSet for one pod per node, Job for a run to completion, CronJob for scheduled runs.",
});

export const job = z.strictObject({
  completions: z.int().min(1).max(10_000).optional().meta({ description: "Pods that must complete. Defaults to 1." }),
  parallelism: z.int().min(1).max(1_000).optional().meta({ description: "Pods that run in parallel. Defaults to 1." }),
  retries: z.int().min(0).max(100).optional().meta({
    description: "Pods that may fail before the Job fails. Defaults to 3.",
  }),
  deadlineSeconds: z.int().min(1).max(604_800).optional().meta({
    description: "Seconds until a Job is stopped and fails. Defaults to one day.",
  }),
  rerun: text(64, 1).optional().meta({
    description:
      "For Jobs: any text; another value runs the Job once more. Otherwise a Job that ended is run again only for another image, command or args.",
  }),
});

export const schedule = z.strictObject({
  cron: cronOrMacro("schedule.cron").meta({
    description: "Cron expression: minute, hour, day, month, day of week; or @hourly, @daily and so on.",
  }),
  timeZone: timeZone("schedule.timeZone")
    .default("Etc/UTC")
    .meta({ description: "IANA time zone of the schedule. Defaults to Etc/UTC." }),
  concurrency: z.enum(["Forbid", "Replace", "Allow"]).default("Forbid").meta({
    description:
      "If the previous run is still active: Forbid skips the new run, Replace stops the old one. Defaults to Forbid.",
  }),
  startingDeadlineSeconds: z.int().min(10).max(86_400).default(300).meta({
    description: "Seconds by which a missed run may start late. Defaults to 300.",
  }),
  suspended: z.boolean().default(false).meta({ description: "Suspends the schedule: no new runs while true." }),
  keepSucceeded: z.int().min(0).max(100).default(3).meta({ description: "Completed runs to keep. Defaults to 3." }),
  keepFailed: z.int().min(0).max(100).default(1).meta({ description: "Failed runs to keep. Defaults to 1." }),
});

export const podManagement = z.enum(["OrderedReady", "Parallel"]).optional().meta({
  description:
    "For StatefulSets: OrderedReady starts pods one after the other, Parallel all at once. Defaults to OrderedReady.",
});

/** As many users as a pod's user namespace has. */
const MAX_ID = 65_535;

const id = (field: string) =>
  withRules(z.int().min(1).max(2_147_483_647), {
    rule: `self <= ${MAX_ID}`,
    message: `${field} must be at most ${MAX_ID}: each pod has a user namespace of its own, which has 65,536 users; use a lower number, and change the owner of files that a volume holds`,
    holds: (value) => value <= MAX_ID,
  });

export const runAs = z.strictObject({
  user: id("runAs.user").meta({
    description: "UID of the containers, from 1 to 65535. Needed only if the image expects one.",
  }),
  group: id("runAs.group").optional().meta({ description: "GID, from 1 to 65535. Defaults to user." }),
});
