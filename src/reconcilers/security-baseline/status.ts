/** What was seen of the cluster, as the SecurityBaseline's status says it. Pure. */
import type { BaselineReason } from "../../crds/v1alpha1/baseline-conditions.ts";
import type { SecurityBaselineStatus } from "../../crds/v1alpha1/security-baseline.ts";
import type { BaselineRecord } from "./record.ts";

/** Something that the baseline says and that is not in force. */
export interface BaselineProblem {
  readonly reason: BaselineReason;
  readonly message: string;
}

export interface BaselineFindings {
  readonly problems: readonly BaselineProblem[];
  readonly namespaces: number;
  readonly workloads: number;
}

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function baselineStatusOf(
  { generation, status: before }: BaselineRecord,
  { problems, namespaces, workloads }: BaselineFindings,
  nowIso: string,
): SecurityBaselineStatus {
  const [first] = problems;
  const status = first === undefined ? "True" : "False";
  const ready = before.conditions?.find(({ type }) => type === "Ready");
  return {
    observedGeneration: generation,
    conditions: [
      {
        type: "Ready",
        status,
        reason: first?.reason ?? "InForce",
        message:
          first === undefined
            ? "everything that the spec says is in force"
            : problems
                .map(({ message }) => message)
                .join("; ")
                .slice(0, 4_096),
        lastTransitionTime: ready?.status === status ? ready.lastTransitionTime : nowIso,
        observedGeneration: generation,
      },
    ],
    namespaces,
    workloads,
  };
}
