/** What Palisade holds in a cluster, as the report and its machine-readable form have it. */
import { z } from "zod";
import { ENROLMENTS } from "../crds/v1alpha1/enrolment.ts";

const lines = z.array(z.string());

const namespace = z.strictObject({
  name: z.string(),
  enrolment: z
    .enum([...ENROLMENTS, "None", "Unknown"])
    .describe("`None`: it is not enrolled. `Unknown`: the namespace may not be read."),
  workloads: z.int().describe("SecureWorkloads in it."),
  heldBackBy: lines.describe("Why it is not sealed: `Kind/name` of what is foreign in it."),
  more: z.int().optional().describe("How many more there are."),
  leavesObserving: z.string().optional(),
  found: lines.describe("What is foreign in it though it is sealed."),
});

export const correction = z.strictObject({
  time: z.string(),
  workload: z.string().describe("`namespace/name`."),
  times: z.int(),
  action: z.string(),
  object: z.string().describe("`Kind/name`."),
  fields: lines.describe("Paths, never values."),
  case: z.string().optional().describe("Number of the drift case."),
  by: z.string().optional(),
});

export const holdingsShape = {
  namespaces: z.array(namespace).describe("Those with workloads, and those that are enrolled."),
  workloads: z.array(
    z.strictObject({
      workload: z.string().describe("`namespace/name`."),
      ready: z.enum(["True", "False", "Unknown"]),
      reason: z.string(),
      troubles: lines.describe("Conditions that are not as they should be."),
      corrections: z.int().describe("Since it was created."),
    }),
  ),
  corrections: z.strictObject({
    total: z.int().describe("Since the workloads were created."),
    latest: z.array(correction).describe("Newest first; of earlier ones only the last of each workload is known."),
  }),
  exceptions: z.array(
    z.strictObject({
      name: z.string(),
      workload: z.string().describe("`namespace/name`."),
      lifts: lines,
      user: z.string().optional().describe("Who may enter the pods."),
      active: z.enum(["True", "False", "Unknown"]),
      reason: z.string(),
      expires: z.string().optional(),
      daysLeft: z.int().optional().describe("Whole days; 0 on the last one and after it."),
    }),
  ),
  unread: z.array(z.strictObject({ what: z.string(), problem: z.string() })).describe("What may not be read."),
};

export const holdings = z.strictObject(holdingsShape);

export type Holdings = z.output<typeof holdings>;
export type HeldNamespace = Holdings["namespaces"][number];
export type HeldCorrection = Holdings["corrections"]["latest"][number];
export type HeldException = Holdings["exceptions"][number];
