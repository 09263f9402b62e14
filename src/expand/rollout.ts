import { DEFAULT_DEADLINE_SECONDS } from "../crds/v1alpha1/rollout.ts";
import type { ExpandInput } from "./input.ts";

type Spec = ExpandInput["spec"];
type Replaced = Pick<Spec, "replicas" | "autoscaling" | "claims" | "rollout">;

/** Unless the spec says otherwise, an old pod is deleted only when its successor is ready. */
export function rolloutOf(spec: Replaced): Readonly<Record<string, unknown>> {
  const { maxSurge = "25%", maxUnavailable = 0, minReadySeconds = 0 } = spec.rollout ?? {};
  return {
    strategy: isReplaced(spec)
      ? { type: "Recreate" }
      : { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
    ...(minReadySeconds === 0 ? {} : { minReadySeconds }),
    progressDeadlineSeconds: deadlineSeconds(spec.rollout),
  };
}

/**
 * Whether every pod ends before its successor starts. A second pod would write the directory of the first, or wait for ever for a claim
 * that only one pod may use (ReadWriteOncePod, KEP-2485), so a single pod that writes a claim is replaced unless the spec says otherwise.
 * Of an existing claim the spec does not say how many may write it, and the safe answer is the same.
 */
export const isReplaced = ({ rollout, claims = [], ...counted }: Replaced): boolean =>
  rollout?.replace ?? (isSingle(counted) && claims.some(isWrittenByOne));

const isSingle = ({ replicas, autoscaling }: Pick<Spec, "replicas" | "autoscaling">): boolean =>
  replicas <= 1 && (autoscaling === undefined || autoscaling.maxReplicas <= 1);

const isWrittenByOne = ({ readOnly, accessMode }: NonNullable<Spec["claims"]>[number]): boolean =>
  readOnly !== true && accessMode !== "ReadWriteMany";

/** How long a rollout may go without progress before it counts as stalled. */
export const deadlineSeconds = ({
  progressDeadlineSeconds = DEFAULT_DEADLINE_SECONDS,
}: NonNullable<Spec["rollout"]> = {}): number => progressDeadlineSeconds;
