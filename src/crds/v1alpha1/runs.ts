/** What only some types of workload have: runs, schedules, and how replicas with a state come and go. */
import { z } from "zod";
import { matches, matchesNot, text, withRules } from "../schema.ts";

export const WORKLOAD_TYPES = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"] as const;

export type WorkloadType = (typeof WORKLOAD_TYPES)[number];

export const type = z.enum(WORKLOAD_TYPES).default("Deployment").meta({
  description:
    "What runs the pods: Deployment unless set; StatefulSet for pods with a name and claims of their own, DaemonSet for one pod on each node, Job for a run to its end, CronJob for runs by the clock.",
});

export const job = z.strictObject({
  completions: z.int().min(1).max(10_000).optional().meta({ description: "Pods that must end well. 1 unless set." }),
  parallelism: z.int().min(1).max(1_000).optional().meta({ description: "Pods that run at once. 1 unless set." }),
  retries: z.int().min(0).max(100).optional().meta({
    description: "Pods that may fail before the run counts as failed. 3 unless set.",
  }),
  deadlineSeconds: z.int().min(1).max(604_800).optional().meta({
    description: "Seconds after which a run is ended and counts as failed. One day unless set.",
  }),
});

/** Five fields; names of months and days, lists, ranges and steps, as the CronJob controller reads them. */
const CRON = "^[A-Za-z0-9*/,-]+( [A-Za-z0-9*?/,-]+){4}$|^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$";

export const schedule = z.strictObject({
  cron: withRules(
    text(100, 1),
    matches(CRON, "schedule.cron has five fields, minute to day of the week: 0 3 * * 1-5, or @daily"),
  ).meta({ description: "When it runs: minute, hour, day, month, day of the week; or @hourly, @daily and so on." }),
  timeZone: withRules(
    text(64, 1),
    matches(
      "^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$",
      "schedule.timeZone is a name such as Europe/Berlin or Etc/UTC",
    ),
    matchesNot("^Local$", "schedule.timeZone must name a zone, such as Etc/UTC: Local is the zone of whoever looks"),
  )
    .default("Etc/UTC")
    .meta({ description: "The time zone that the clock is read in, by its IANA name. Etc/UTC unless set." }),
  concurrency: z.enum(["Forbid", "Replace", "Allow"]).default("Forbid").meta({
    description:
      "What happens when the run before has not ended: Forbid skips the new one, Replace ends the old one. Forbid unless set.",
  }),
  startingDeadlineSeconds: z.int().min(10).max(86_400).default(300).meta({
    description: "How late a run may start that was missed. 300 unless set.",
  }),
  suspended: z.boolean().default(false).meta({ description: "No new runs while true." }),
  keepSucceeded: z.int().min(0).max(100).default(3).meta({ description: "Finished runs that are kept. 3 unless set." }),
  keepFailed: z.int().min(0).max(100).default(1).meta({ description: "Failed runs that are kept. 1 unless set." }),
});

export const podManagement = z.enum(["OrderedReady", "Parallel"]).optional().meta({
  description:
    "Of a StatefulSet: whether its pods start one after the other, each waiting for the one before, or all at once. OrderedReady unless set.",
});

export const runAs = z.strictObject({
  user: z.int().min(1).max(65_533).meta({
    description: "The UID the containers run as: any but 0. Needed only where an image expects one.",
  }),
  group: z.int().min(1).max(65_533).optional().meta({ description: "The GID. The same as user unless set." }),
});
