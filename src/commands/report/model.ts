/** The machine-readable form of a report: an audit, who reaches whom in numbers, and what Palisade holds. */
import { z } from "zod";
import { holdings } from "../../report/model.ts";
import { unusual } from "../../report/unusual-model.ts";
import { auditShape } from "../audit/model.ts";

export const reportShape = {
  made: z.string().describe("When, in RFC 3339."),
  audit: z.strictObject(auditShape),
  reach: z
    .strictObject({
      workloads: z.int(),
      declared: z
        .int()
        .describe("Pairs that both SecureWorkloads declare, or that a NetworkPolicy of another destination names."),
      open: z.int().describe("Pairs whose way nothing closes."),
      closed: z.int(),
      internet: z
        .strictObject({ declared: z.int(), open: z.int(), closed: z.int() })
        .describe("Workloads by how the internet reaches them."),
    })
    .describe("Pairs of different workloads, by NetworkPolicies."),
  holds: holdings,
  unusual,
};
