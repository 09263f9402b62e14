import { z } from "zod";
import { countOrPercent, withRules } from "../schema.ts";
import { celIsNothing, isNothing } from "./amount.ts";

/** Also what Kubernetes takes unless told; here it is always told. */
export const DEFAULT_DEADLINE_SECONDS = 600;

export const rollout = withRules(
  z.strictObject({
    maxSurge: countOrPercent(1_000).optional().meta({
      description: 'Number or percentage of additional pods during a rollout. Defaults to "25%".',
    }),
    maxUnavailable: countOrPercent(1_000).optional().meta({
      description:
        "Number or percentage of pods that may be removed before their successors are ready; never all of them. Defaults to 0, so the previous revision serves until the new one does.",
    }),
    minReadySeconds: z.int().min(0).max(3_600).optional().meta({
      description: "Seconds that a new pod must be ready before it counts. Defaults to 0.",
    }),
    replace: z.boolean().optional().meta({
      description:
        "Ends every pod before its successor starts, so that two never run at once; nothing serves meanwhile. Defaults to true for a single pod that writes a claim, unless the claim's accessMode is ReadWriteMany; set false if two pods may write it at once.",
    }),
    progressDeadlineSeconds: z.int().min(60).max(7_200).optional().meta({
      description:
        "Seconds without progress until the rollout, or a run that has no running pod, counts as stalled. For every type. Defaults to 600.",
    }),
  }),
  {
    rule: "!has(self.replace) || !self.replace || (!has(self.maxSurge) && !has(self.maxUnavailable))",
    message:
      "rollout.replace ends every pod before its successor starts, so maxSurge and maxUnavailable have no meaning: remove them, or replace",
    holds: ({ replace, maxSurge, maxUnavailable }) =>
      replace !== true || (maxSurge === undefined && maxUnavailable === undefined),
  },
  {
    rule: `!has(self.maxSurge) || !${celIsNothing("self.maxSurge")} || (has(self.maxUnavailable) && !${celIsNothing("self.maxUnavailable")})`,
    message: "rollout needs a surge or maxUnavailable of at least 1, otherwise no pod can be replaced: set one of them",
    holds: ({ maxSurge = 1, maxUnavailable = 0 }) => !isNothing(maxSurge) || !isNothing(maxUnavailable),
  },
  {
    rule: `(has(self.minReadySeconds) ? self.minReadySeconds : 0) < (has(self.progressDeadlineSeconds) ? self.progressDeadlineSeconds : ${DEFAULT_DEADLINE_SECONDS})`,
    message:
      "rollout.progressDeadlineSeconds must exceed minReadySeconds, otherwise every rollout counts as stalled: raise it",
    holds: ({ minReadySeconds = 0, progressDeadlineSeconds = DEFAULT_DEADLINE_SECONDS }) =>
      minReadySeconds < progressDeadlineSeconds,
  },
);
