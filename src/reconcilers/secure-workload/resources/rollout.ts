import { DEFAULT_DEADLINE_SECONDS } from "../../../crds/v1alpha1/rollout.ts";
import type { ExpandInput } from "./input.ts";

/** Unless the spec says otherwise, no pod of the version before goes until its successor is ready. */
export function rolloutOf({ rollout = {} }: Pick<ExpandInput["spec"], "rollout">): Readonly<Record<string, unknown>> {
  const { maxSurge = "25%", maxUnavailable = 0, minReadySeconds = 0 } = rollout;
  return {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
    ...(minReadySeconds === 0 ? {} : { minReadySeconds }),
    progressDeadlineSeconds: deadlineSeconds(rollout),
  };
}

/** After how long without progress a rollout counts as stalled. */
export const deadlineSeconds = ({
  progressDeadlineSeconds = DEFAULT_DEADLINE_SECONDS,
}: NonNullable<ExpandInput["spec"]["rollout"]> = {}): number => progressDeadlineSeconds;
