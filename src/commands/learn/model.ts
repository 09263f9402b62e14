/** The machine-readable form of what was learned. */
import { z } from "zod";

const lines = z.array(z.string());
const verdict = z.enum(["DeclaredAndSeen", "DeclaredNotSeen", "SeenNotDeclared"]);
const direction = z.enum(["inbound", "outbound"]);

const rule = z.strictObject({
  apiGroups: lines,
  resources: lines,
  verbs: lines,
  resourceNames: lines.optional(),
});

export const learningShape = {
  edges: z.array(
    z.strictObject({
      verdict,
      from: z.string().describe("`namespace/name`, an address, a name, or who calls by role."),
      to: z.string(),
      port: z.int().optional().describe("Of the pods that are called; absent where no source says it."),
      protocol: z.enum(["TCP", "UDP", "SCTP"]),
      evidence: lines.describe("The first few."),
      declared: z.array(z.strictObject({ workload: z.string(), direction, index: z.int() })),
      lacks: z
        .array(
          z.strictObject({
            workload: z.string(),
            direction,
            entry: z.looseObject({}).optional().describe("What would have to stand there."),
            decision: z.string().optional().describe("What a person has to say."),
          }),
        )
        .describe("Ends that do not declare it."),
    }),
  ),
  permissions: z.array(
    z.strictObject({
      verdict,
      workload: z.string(),
      rule,
      clusterRead: z.string().optional().describe("Of what is read in the whole cluster: its name in `clusterReads`."),
      index: z.int().optional(),
    }),
  ),
  unused: z
    .array(z.strictObject({ account: z.string(), by: z.string(), rules: z.array(rule) }))
    .describe("What roles grant and nobody used."),
  writes: z.array(
    z.strictObject({ workload: z.string(), directory: z.string(), hides: z.boolean(), declared: z.boolean() }),
  ),
  decisions: z.array(z.strictObject({ workload: z.string(), decision: z.string() })),
  sources: z.array(
    z.strictObject({
      source: z.string(),
      lines: z.int(),
      refused: z.int().describe("Of what was not let through."),
      broken: z.int(),
      brokenAt: z.int().optional().describe("The first line that cannot be read."),
    }),
  ),
  left: lines.describe("What could not be seen."),
  files: lines.describe("Drafts that were edited."),
};
