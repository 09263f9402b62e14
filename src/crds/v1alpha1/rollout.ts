import { z } from "zod";
import { countOrPercent, withRules } from "../schema.ts";
import { celIsNothing, isNothing } from "./amount.ts";

/** Also what Kubernetes takes unless told; here it is always told. */
export const DEFAULT_DEADLINE_SECONDS = 600;

export const rollout = withRules(
  z.strictObject({
    maxSurge: countOrPercent(1_000).optional().meta({
      description: 'So many pods more than wanted may run meanwhile, as a number or in percent. "25%" unless set.',
    }),
    maxUnavailable: countOrPercent(1_000).optional().meta({
      description:
        "So many pods may be taken away before their successors are ready, as a number or in percent; never all of them. 0 unless set, so that the version before serves until the new one does.",
    }),
    minReadySeconds: z.int().min(0).max(3_600).optional().meta({
      description: "A new pod must have been ready for so long before it counts. 0 unless set.",
    }),
    progressDeadlineSeconds: z.int().min(60).max(7_200).optional().meta({
      description:
        "A rollout that made no progress for so long counts as stalled, which the status says. 600 unless set.",
    }),
  }),
  {
    rule: `!has(self.maxSurge) || !${celIsNothing("self.maxSurge")} || (has(self.maxUnavailable) && !${celIsNothing("self.maxUnavailable")})`,
    message:
      "rollout without a surge needs maxUnavailable of 1 or more, or no pod could ever be replaced: set one of the two",
    holds: ({ maxSurge = 1, maxUnavailable = 0 }) => !isNothing(maxSurge) || !isNothing(maxUnavailable),
  },
  {
    rule: `(has(self.minReadySeconds) ? self.minReadySeconds : 0) < (has(self.progressDeadlineSeconds) ? self.progressDeadlineSeconds : ${DEFAULT_DEADLINE_SECONDS})`,
    message:
      "rollout.progressDeadlineSeconds must be longer than minReadySeconds, or every rollout counts as stalled: raise it",
    holds: ({ minReadySeconds = 0, progressDeadlineSeconds = DEFAULT_DEADLINE_SECONDS }) =>
      minReadySeconds < progressDeadlineSeconds,
  },
);
