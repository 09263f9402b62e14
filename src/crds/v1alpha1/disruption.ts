import { z } from "zod";
import { countOrPercent, withRules } from "../schema.ts";
import { celIsNothing, isNothing } from "./amount.ts";

export const disruption = withRules(
  z.strictObject({
    maxUnavailable: countOrPercent(1_000)
      .optional()
      .meta({ description: 'At most so many pods may be down for it at once, as a number or in percent ("25%").' }),
    minAvailable: countOrPercent(1_000).optional().meta({
      description: "So many pods must stay, as a number or in percent; at least one more must run than that.",
    }),
  }),
  {
    rule: "has(self.maxUnavailable) != has(self.minAvailable)",
    message: "disruption needs exactly one of maxUnavailable and minAvailable: keep the one that is meant",
    holds: ({ maxUnavailable, minAvailable }) => (maxUnavailable === undefined) !== (minAvailable === undefined),
  },
  {
    rule: `!has(self.maxUnavailable) || !${celIsNothing("self.maxUnavailable")}`,
    message: "disruption.maxUnavailable must let a pod go, or no node is ever drained and patched: write 1 or more",
    holds: ({ maxUnavailable }) => maxUnavailable === undefined || !isNothing(maxUnavailable),
  },
);
