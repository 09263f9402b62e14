import { z } from "zod";
import { countOrPercent, withRules } from "../schema.ts";
import { celIsNothing, isNothing } from "./amount.ts";

export const disruption = withRules(
  z.strictObject({
    maxUnavailable: countOrPercent(1_000)
      .optional()
      .meta({ description: 'At most so many pods may be down for it at once, as a number or in percent ("25%").' }),
    minAvailable: countOrPercent(1_000).optional().meta({
      description: "Number or percentage of pods that must stay; more pods than that must run.",
    }),
  }),
  {
    rule: "has(self.maxUnavailable) != has(self.minAvailable)",
    message: "disruption needs exactly one of maxUnavailable and minAvailable: keep one",
    holds: ({ maxUnavailable, minAvailable }) => (maxUnavailable === undefined) !== (minAvailable === undefined),
  },
  {
    rule: `!has(self.maxUnavailable) || !${celIsNothing("self.maxUnavailable")}`,
    message: "disruption.maxUnavailable must be at least 1, otherwise nodes cannot be drained",
    holds: ({ maxUnavailable }) => maxUnavailable === undefined || !isNothing(maxUnavailable),
  },
);
