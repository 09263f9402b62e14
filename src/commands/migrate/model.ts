/** The machine-readable form of a migration. */
import { z } from "zod";

const lines = z.array(z.string());

export const migrationShape = {
  namespace: z.string(),
  moved: lines.describe("Workloads that are ready."),
  steps: z.array(
    z.strictObject({
      workload: z.string(),
      state: z.enum(["ToDo", "Ready", "Stopped"]),
      endsFirst: z
        .string()
        .optional()
        .describe("`Kind/name` that is scaled to zero before, because both would write one volume."),
      takesOver: lines.describe("`Kind/name` of what it takes over."),
      writes: lines.describe("SecureWorkloads that are applied, in this order."),
      leaves: z.string().optional().describe("What runs on beside it, as kubectl names it."),
    }),
  ),
  peersElsewhere: z
    .array(
      z.strictObject({
        peer: z.string().describe("`namespace/name`."),
        named: z.enum(["workload", "pods", "both"]).describe("How the moved workloads name it."),
        note: z.string(),
      }),
    )
    .describe("Peers in other namespaces that are no ready SecureWorkloads."),
  trouble: z.string().optional().describe("Why it stopped."),
  wayBack: lines.optional().describe("What to type to go back."),
};
