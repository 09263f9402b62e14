/** What `palisade status` says, as its schema has it: one page for one SecureWorkload, or one row for each. */
import { z } from "zod";

const lines = z.array(z.string());

const conditionStatus = z.enum(["True", "False", "Unknown"]);

/** What could not be read. It never counts as clean. */
const unread = z.array(
  z.strictObject({
    what: z.string().describe("What the page lacks."),
    right: z.string().optional().describe("The right that is missing, such as `list pods`."),
    message: z.string(),
    next: z.string().describe("What to type."),
  }),
);

const trouble = z.strictObject({
  condition: z.string(),
  status: conditionStatus,
  reason: z.string().describe("As in the status; `NotSeen` while the operator has not reported on the spec."),
  message: z.string().describe("What is the matter, and what to do."),
  meaning: z.string().optional().describe("Meaning of the reason; absent if this version does not know it."),
  next: z.string().describe("What to type."),
  runbook: z.string().optional().describe("Page of the documentation for the platform team."),
});

const child = z.strictObject({
  kind: z.string(),
  name: z.string(),
  standing: z
    .enum(["there", "missing", "deleting", "foreign", "unread"])
    .describe("`foreign`: an object of that name is there and not the workload's."),
});

const pod = z.strictObject({
  name: z.string(),
  phase: z.string().describe("Phase of the pod; `Terminating` while it is being deleted."),
  ready: z.int().describe("Containers that are ready."),
  containers: z.int(),
  restarts: z.int(),
  why: z.string().optional().describe("Why it does not run, or is not ready."),
  next: z.string().optional().describe("What to type about it."),
});

const way = z.strictObject({
  direction: z.enum(["inbound", "outbound"]),
  peer: z.string().describe("`namespace/name` of a workload, or what else the access names."),
  port: z.string().optional().describe("Port and protocol; every declared port if absent."),
  state: z
    .enum(["agreed", "missing", "undeclared", "offered", "open", "closed", "unknown"])
    .describe(
      "`missing`: the peer does not declare its side. `undeclared`: the peer declares it and this workload does not. `offered`: to every workload of a namespace. `closed`: the platform does not grant or know it.",
    ),
  note: z.string().optional(),
});

const correction = z.strictObject({
  time: z.string(),
  times: z.int().describe("How often the same was corrected."),
  action: z.string(),
  object: z.string().describe("`Kind/name`."),
  fields: lines.describe("Paths, never values."),
  case: z.string().optional().describe("Number of the drift case."),
  by: z.string().optional().describe("Who wrote the change, as far as it is known."),
});

export const statusShape = {
  workload: z.string().describe("`namespace/name`."),
  type: z.string(),
  image: z.string(),
  digest: z.string().optional().describe("Digest that the image's tag was resolved to."),
  generation: z.int(),
  observedGeneration: z.int().describe("Generation that the operator has seen; -1 before the first run."),
  ready: z.strictObject({ status: conditionStatus, reason: z.string(), message: z.string() }),
  troubles: z.array(trouble).describe("Conditions that are not as they should be."),
  children: z.array(child),
  pods: z.strictObject({ ready: z.int(), wanted: z.int(), items: z.array(pod) }),
  access: z.strictObject({
    ways: z.array(way),
    exposed: z.array(z.strictObject({ host: z.string(), path: z.string(), isGranted: z.boolean() })),
  }),
  rights: z.strictObject({
    declared: lines.describe("Permissions in the workload's namespace."),
    match: conditionStatus.describe("Whether RBAC grants exactly these."),
    message: z.string(),
  }),
  exceptions: z.array(
    z.strictObject({
      name: z.string(),
      lifts: lines,
      user: z.string().optional().describe("Who may enter the pods."),
      expires: z.string(),
      leftSeconds: z.int().describe("0 once it has ended."),
    }),
  ),
  corrections: z.strictObject({
    total: z.int().describe("Since the workload was created."),
    latest: z.array(correction).describe("The last ten, newest first."),
  }),
  podMutations: z
    .strictObject({ fields: lines, by: lines })
    .optional()
    .describe("What admission adds to the pods; absent if nothing."),
  unusual: lines.describe("Facts about the pods, on which nothing acts: restarts, entered pods, image digests, CPU."),
  hardening: z.strictObject({ rules: z.int(), summary: lines }).optional().describe("Absent before the first run."),
  unread,
};

const row = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  ready: conditionStatus,
  reason: z.string().describe("Of `Ready`, as the operator said it last."),
  isSeen: z.boolean().describe("Whether the operator has reported on the spec as it stands."),
  troubles: lines.describe("Types of the conditions that are not as they should be."),
  access: conditionStatus.describe("Whether every peer declares its side."),
  missing: z.int().describe("Connections that the other side does not declare."),
  podsReady: z.int(),
  podsWanted: z.int(),
  exceptions: z.int(),
  corrections: z.int().describe("Since the workload was created."),
});

export const statusListShape = { workloads: z.array(row).describe("Those with trouble first.") };

const statusPage = z.strictObject(statusShape);

export type Page = z.output<typeof statusPage>;
export type Row = z.output<typeof row>;
export type Trouble = z.output<typeof trouble>;
export type Child = z.output<typeof child>;
export type Pod = z.output<typeof pod>;
export type Way = z.output<typeof way>;
export type CorrectionEntry = z.output<typeof correction>;
export type Unread = z.output<typeof unread>[number];
