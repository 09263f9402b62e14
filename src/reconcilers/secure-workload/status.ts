/** What a pass found, as the status says it. Pure: the same findings give the same status, and times move only on transitions. */
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import type { ConditionType, Reason } from "../../crds/v1alpha1/conditions.ts";
import { WORKLOAD_HEALTH, waitingCondition } from "../../crds/v1alpha1/reason-health.ts";
import type { Condition, SecureWorkloadSpec, SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import type { Correction } from "../correction.ts";
import type { WorkloadRecord } from "../records.ts";
import type { RolloutHealth, RunHealth } from "./health.ts";
import type { Limit } from "./limits.ts";
import { deadlineSeconds } from "./resources/rollout.ts";
import type { Hardening } from "./summary.ts";

export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** Whether a change by others stands because of it. */
  readonly drift?: boolean;
}

/** A condition beside those that every status has. */
export interface Notice {
  readonly type: ConditionType;
  readonly holds: boolean;
  readonly reason: Reason;
  readonly message: string;
}

export interface Findings {
  readonly problems: readonly Problem[];
  readonly corrections: readonly Correction[];
  readonly contested: readonly string[];
  readonly children: readonly string[];
  /** What the children follow: the declared spec, or the last one that might be rolled out. */
  readonly spec: SecureWorkloadSpec | undefined;
  readonly health: RolloutHealth | undefined;
  /** Why a pod does not run. */
  readonly trouble: string | undefined;
  readonly hardening?: Hardening | undefined;
  readonly secretVersions?: string | undefined;
  /** What each ConfigMap was copied to. */
  readonly configs: readonly { readonly name: string; readonly copy: string }[];
  /** What each image's tag was resolved to. */
  readonly images: readonly { readonly image: string; readonly digest: string }[];
  readonly identity: SecureWorkloadStatus["podIdentity"];
  /** What is declared and cannot be had here; it keeps nothing from running. */
  readonly limits?: readonly Limit[];
  readonly urls?: readonly string[];
  readonly notices?: readonly Notice[];
  /** The SecurityExceptions of this workload. */
  readonly exceptions?: readonly NonNullable<SecureWorkloadStatus["exceptions"]>[number][];
  /** The halves of ways to other workloads that stand alone. */
  readonly access?: Pick<SecureWorkloadStatus, "access">;
}

interface Verdict {
  readonly ready: boolean;
  readonly reason: Reason;
  readonly message: string;
}

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function statusOf(workload: WorkloadRecord, findings: Findings, nowIso: string): SecureWorkloadStatus {
  const before = workload.status;
  const verdict = verdictOf(workload, findings);
  const { health, identity, children, contested, urls = [], exceptions = [] } = findings;
  return {
    observedGeneration: workload.generation,
    conditions: conditionsOf(workload, findings, verdict, nowIso),
    replicas: health?.replicas ?? 0,
    updatedReplicas: health?.updated ?? 0,
    readyReplicas: health?.ready ?? 0,
    selector: `${WORKLOAD_LABEL}=${workload.ref.name}`,
    ...(identity === undefined ? {} : { podIdentity: identity }),
    ...findings.access,
    children: [...children],
    ...(findings.hardening === undefined
      ? {}
      : { hardening: { rules: findings.hardening.rules, summary: [...findings.hardening.summary] } }),
    ...(exceptions.length === 0 ? {} : { exceptions: [...exceptions] }),
    ...(findings.secretVersions === undefined ? {} : { secretVersions: findings.secretVersions }),
    ...(findings.configs.length === 0 ? {} : { configs: [...findings.configs] }),
    ...(findings.images.length === 0 ? {} : { images: [...findings.images] }),
    ...(urls.length === 0 ? {} : { urls: [...urls] }),
    ...driftOf(before.drift, findings.corrections, contested, nowIso),
  };
}

function verdictOf(workload: WorkloadRecord, { problems, health, spec, trouble }: Findings): Verdict {
  // What only a person can mend is said first.
  const problem = problems.find(({ reason }) => WORKLOAD_HEALTH[reason] === "Degraded") ?? problems[0];
  if (problem !== undefined) return { ready: false, reason: problem.reason, message: problem.message };
  const followed = spec ?? workload.spec;
  const type = followed?.type ?? "Deployment";
  if (health === undefined || health.observedGeneration < health.generation)
    return progressing(`waiting for the ${type} controller`);
  if (health.failure !== undefined && !health.deadlineExceeded)
    return { ready: false, reason: "PodsRefused", message: health.failure };
  if (health.run !== undefined) return verdictOnRun(health.run, trouble);
  return verdictOnPods(health, wantedPods(followed, health), followed, health.failure ?? trouble);
}

/** What the controller counts by itself, or was last told by an autoscaler; else what the spec says. */
function wantedPods(spec: SecureWorkloadSpec | undefined, { wanted }: RolloutHealth): number {
  const followsLive = spec?.type === "DaemonSet" || spec?.autoscaling !== undefined;
  return (followsLive ? wanted : undefined) ?? spec?.replicas ?? 0;
}

function verdictOnRun({ state, message }: RunHealth, trouble: string | undefined): Verdict {
  switch (state) {
    case "Complete":
      return { ready: true, reason: "Completed", message: "the run has ended well" };
    case "Failed":
      return { ready: false, reason: "RunFailed", message: `the run has failed: ${message}` };
    case "Scheduled":
      return { ready: true, reason: "Scheduled", message: "it runs by the clock" };
    case "Suspended":
      return { ready: true, reason: "Suspended", message: "no new run starts, as the schedule says" };
    default:
      return progressing(withTrouble("the run is under way", trouble));
  }
}

function verdictOnPods(
  health: RolloutHealth,
  wanted: number,
  followed: SecureWorkloadSpec | undefined,
  trouble: string | undefined,
): Verdict {
  if (health.deadlineExceeded) {
    const seconds = deadlineSeconds(followed?.rollout);
    const why = trouble ?? "look at the pods' events";
    const rest =
      health.replicas > health.updated ? "what ran before goes on" : `${health.ready} of ${wanted} pods are ready`;
    const message = `for ${seconds} s no further pod of the current spec became ready: ${why}; ${rest}`;
    return { ready: false, reason: "RolloutStalled", message };
  }
  if (wanted === 0) {
    return health.replicas === 0
      ? { ready: true, reason: "ScaledToZero", message: "no pod is wanted" }
      : progressing(`${health.replicas} pods are still ending`);
  }
  const say = (message: string): Verdict => progressing(withTrouble(message, trouble));
  if (health.updated < wanted) return say(`${health.updated} of ${wanted} pods are of the current spec`);
  if (health.replicas > health.updated) {
    return health.available < health.replicas
      ? say("pods of the current spec are not ready yet, and those of the spec before go on until then")
      : say(`${health.replicas - health.updated} pods of the spec before are still ending`);
  }
  if (health.available < wanted) return say(`${health.available} of ${wanted} pods are ready`);
  return { ready: true, reason: "Running", message: `${health.ready} of ${wanted} pods are ready` };
}

const withTrouble = (message: string, trouble: string | undefined): string =>
  trouble === undefined ? message : `${message}; ${trouble}`;

const progressing = (message: string): Verdict => ({ ready: false, reason: "Progressing", message });

function conditionsOf(
  workload: WorkloadRecord,
  { problems, contested, limits = [], notices = [] }: Findings,
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
  const waiting = waitingCondition(WORKLOAD_HEALTH[verdict.reason]);
  return [
    say("Ready", verdict.ready, verdict.reason, verdict.message),
    ...(waiting === undefined ? [] : [say(waiting, true, verdict.reason, verdict.message)]),
    standing.length === 0
      ? say("DriftFree", true, "NoDrift", "every child is what the spec says")
      : say("DriftFree", false, "Uncorrected", standing.map(({ message }) => message).join("; ")),
    ...limits
      .slice(0, 1)
      .map(({ reason }) => say("Limited", true, reason, limits.map(({ message }) => message).join("; "))),
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
    ...notices.map(({ type, holds, reason, message }) => say(type, holds, reason, message)),
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
