/** What a pass found, as the status says it. Pure: the same findings give the same status, and times move only on transitions. */
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import type { Reason } from "../../crds/v1alpha1/conditions.ts";
import type { Condition, SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import type { Correction } from "../correction.ts";
import type { RolloutHealth, WorkloadRecord } from "../records.ts";

export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** Whether only a person's change helps. */
  readonly stalled: boolean;
  /** Whether a change by others stands because of it. */
  readonly drift?: boolean;
}

export interface Findings {
  readonly problems: readonly Problem[];
  readonly corrections: readonly Correction[];
  readonly contested: readonly string[];
  readonly children: readonly string[];
  readonly health: RolloutHealth | undefined;
  readonly identity: SecureWorkloadStatus["podIdentity"];
}

interface Verdict {
  readonly ready: boolean;
  readonly reason: Reason;
  readonly message: string;
  readonly stalled: boolean;
}

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function statusOf(workload: WorkloadRecord, findings: Findings, nowIso: string): SecureWorkloadStatus {
  const before = workload.status;
  const verdict = verdictOf(workload, findings);
  const { health, identity, children, contested } = findings;
  return {
    observedGeneration: workload.generation,
    conditions: conditionsOf(workload, findings, verdict, nowIso),
    replicas: health?.replicas ?? 0,
    updatedReplicas: health?.updated ?? 0,
    readyReplicas: health?.ready ?? 0,
    selector: `${WORKLOAD_LABEL}=${workload.ref.name}`,
    ...(identity === undefined ? {} : { podIdentity: identity }),
    children: [...children],
    ...driftOf(before.drift, findings.corrections, contested, nowIso),
  };
}

function verdictOf(workload: WorkloadRecord, { problems, health }: Findings): Verdict {
  const [problem] = [...problems].sort((a, b) => Number(b.stalled) - Number(a.stalled));
  if (problem !== undefined)
    return { ready: false, reason: problem.reason, message: problem.message, stalled: problem.stalled };
  const wanted = workload.spec?.replicas ?? 0;
  if (health === undefined || health.observedGeneration < health.generation)
    return progressing("waiting for the Deployment controller");
  if (health.failure !== undefined)
    return { ready: false, reason: "PodsRefused", message: health.failure, stalled: false };
  if (health.deadlineExceeded) {
    return {
      ready: false,
      reason: "RolloutStalled",
      message: `${health.ready} of ${wanted} pods became ready in ten minutes: look at the pods' events`,
      stalled: true,
    };
  }
  if (wanted === 0) {
    return health.replicas === 0
      ? { ready: true, reason: "ScaledToZero", message: "no pod is wanted", stalled: false }
      : progressing(`${health.replicas} pods are still ending`);
  }
  if (health.updated < wanted) return progressing(`${health.updated} of ${wanted} pods are of the current spec`);
  if (health.replicas > health.updated)
    return progressing(`${health.replicas - health.updated} pods of the spec before are still ending`);
  if (health.available < wanted) return progressing(`${health.available} of ${wanted} pods are ready`);
  return { ready: true, reason: "Running", message: `${health.ready} of ${wanted} pods are ready`, stalled: false };
}

const progressing = (message: string): Verdict => ({ ready: false, reason: "Progressing", message, stalled: false });

function conditionsOf(
  workload: WorkloadRecord,
  { problems, contested }: Findings,
  verdict: Verdict,
  nowIso: string,
): Condition[] {
  const standing = problems.filter(({ drift }) => drift === true);
  const say = (type: string, status: boolean, reason: Reason, message: string): Condition => {
    const before = workload.status.conditions?.find((condition) => condition.type === type);
    const value = status ? "True" : "False";
    return {
      type,
      status: value,
      reason,
      message: message.slice(0, 4_096),
      lastTransitionTime: before?.status === value ? before.lastTransitionTime : nowIso,
      observedGeneration: workload.generation,
    };
  };
  return [
    say("Ready", verdict.ready, verdict.reason, verdict.message),
    ...(verdict.ready || verdict.stalled ? [] : [say("Reconciling", true, verdict.reason, verdict.message)]),
    ...(verdict.stalled ? [say("Stalled", true, verdict.reason, verdict.message)] : []),
    standing.length === 0
      ? say("DriftFree", true, "NoDrift", "every child is what the spec says")
      : say("DriftFree", false, "Uncorrected", standing.map(({ message }) => message).join("; ")),
    ...(contested.length === 0
      ? []
      : [
          say(
            "DriftContested",
            true,
            "ChangedBack",
            `changed back again and again: ${contested.join(", ")}; find who does, the Events name the writer`,
          ),
        ]),
  ];
}

function driftOf(
  before: SecureWorkloadStatus["drift"],
  corrections: readonly Correction[],
  contested: readonly string[],
  nowIso: string,
): Pick<SecureWorkloadStatus, "drift"> {
  const last = corrections.at(-1);
  return {
    drift: {
      corrected: (before?.corrected ?? 0) + corrections.length,
      ...(contested.length === 0 ? {} : { contested: [...contested] }),
      ...(last === undefined
        ? before?.last === undefined
          ? {}
          : { last: before.last }
        : { last: summaryOf(last, nowIso) }),
    },
  };
}

function summaryOf({ object, action, fields, culprit }: Correction, nowIso: string) {
  return {
    time: nowIso,
    object,
    action,
    fields: fields.map((field) => field.slice(0, 256)),
    ...(culprit === undefined ? {} : { manager: culprit.manager.slice(0, 256) }),
  };
}

/** RFC 3339 to the second, as `metav1.Time` is. */
export const isoSeconds = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.[0-9]{3}Z$/, "Z");
