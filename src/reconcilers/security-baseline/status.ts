/** What was seen of the cluster, as the SecurityBaseline's status says it. Pure. */
import type { BaselineReason } from "../../crds/v1alpha1/baseline-conditions.ts";
import { MAX_HELD_BACK, MAX_HOLDERS, type SecurityBaselineStatus } from "../../crds/v1alpha1/security-baseline.ts";
import type { HeldBackNamespace } from "../namespace/held-back.ts";
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
  /** By name. */
  readonly notSealed: readonly (readonly [string, HeldBackNamespace])[];
}

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function baselineStatusOf(
  { generation, status: before }: BaselineRecord,
  { problems, namespaces, workloads, notSealed }: BaselineFindings,
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
    sealed: Math.max(0, namespaces - notSealed.length),
    ...(notSealed.length === 0 ? {} : { notSealed: notSealed.slice(0, MAX_HELD_BACK).map(heldBackOf) }),
    workloads,
  };
}

function heldBackOf([name, { state, foreign }]: BaselineFindings["notSealed"][number]) {
  const holders = [...foreign.running, ...foreign.idle];
  const more = holders.length - MAX_HOLDERS;
  return { name, state, heldBackBy: holders.slice(0, MAX_HOLDERS), ...(more > 0 ? { more } : {}) };
}
