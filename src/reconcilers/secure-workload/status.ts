/** What a pass found, as the status says it. Pure: the same findings give the same status, and times move only on transitions. */
import { RESTORED_LABEL, WORKLOAD_LABEL } from "../../crds/group.ts";
import type { Reason } from "../../crds/v1alpha1/conditions.ts";
import type { Limit, Notice, Problem } from "../../crds/v1alpha1/findings.ts";
import { WORKLOAD_HEALTH, waitingCondition } from "../../crds/v1alpha1/reason-health.ts";
import type { Condition, SecureWorkloadSpec, SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import { fitWorkloadStatus } from "../../crds/v1alpha1/status.ts";
import type { Hardening } from "../../expand/hardening-summary.ts";
import { deadlineSeconds } from "../../expand/rollout.ts";
import type { Correction } from "../../plan/correction.ts";
import type { RolloutProgress } from "../../plan/rollout-progress.ts";
import type { RolloutHealth, RunHealth } from "../../plan/rollout-status.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { PodMutations } from "./pods-mutated.ts";
import { wantedPods } from "./rollout-clock.ts";

export interface Findings {
  readonly problems: readonly Problem[];
  readonly corrections: readonly Correction[];
  readonly contested: readonly string[];
  readonly children: readonly string[];
  /** What the children follow: the declared spec, or the last one that might be rolled out. */
  readonly spec: SecureWorkloadSpec | undefined;
  readonly health: RolloutHealth | undefined;
  /** How far the rollout is, while it is under way; of a Deployment its controller keeps it. */
  readonly progress?: RolloutProgress | undefined;
  /** When its deadline passes, if nothing happens before. */
  readonly stallsAfterMs?: number | undefined;
  /** Which claims do not have their declared size yet. */
  readonly growing?: string | undefined;
  /** Why a pod does not run. */
  readonly trouble: string | undefined;
  readonly hardening?: Hardening | undefined;
  readonly secretVersions?: string | undefined;
  /** What each ConfigMap was copied to. */
  readonly configs: readonly { readonly name: string; readonly copy: string }[];
  /** The Secrets and claims that the workload was the first to name. */
  readonly held?: readonly string[];
  /** What each image's tag was resolved to. */
  readonly images: readonly { readonly image: string; readonly digest: string }[];
  readonly identity: SecureWorkloadStatus["podIdentity"];
  /** What is declared and cannot be had here; it keeps nothing from running. */
  readonly limits?: readonly Limit[];
  readonly urls?: readonly string[];
  readonly notices?: readonly Notice[];
  /** The SecurityExceptions of this workload. */
  readonly exceptions?: readonly NonNullable<SecureWorkloadStatus["exceptions"]>[number][];
  /** Causes on which deletions are paused. */
  readonly paused?: readonly string[];
  /** Pods that differ from their template for a reason that nobody knows. */
  readonly unproven?: readonly string[];
  /** What admission adds to the pods, beyond what is expected. */
  readonly podMutations?: PodMutations | undefined;
  /** What is due and is only reported. */
  readonly wouldDo?: { readonly count: number; readonly first: readonly string[] } | undefined;
  /** What of its pods is unusual. */
  readonly unusual?: SecureWorkloadStatus["unusual"];
  /** The halves of ways to other workloads that stand alone. */
  readonly access?: Pick<SecureWorkloadStatus, "access" | "agreement">;
}

interface Comparison {
  readonly ready: boolean;
  readonly reason: Reason;
  readonly message: string;
}

/** The whole status, to replace the one before it, cut to what its schema holds. `nowIso` is RFC 3339 in seconds. */
export function statusOf(workload: WorkloadRecord, findings: Findings, nowIso: string): SecureWorkloadStatus {
  const before = workload.status;
  const comparison = verdictOf(workload, findings);
  const { health, identity, children, contested } = findings;
  return fitWorkloadStatus({
    observedGeneration: workload.generation,
    conditions: conditionsOf(workload, findings, comparison, nowIso),
    replicas: health?.replicas ?? 0,
    updatedReplicas: health?.updated ?? 0,
    readyReplicas: health?.ready ?? 0,
    selector: `${WORKLOAD_LABEL}=${workload.ref.name}`,
    ...(identity === undefined ? {} : { podIdentity: identity }),
    ...findings.access,
    children: [...children],
    ...optionalParts(findings),
    ...driftOf(before.drift, findings.corrections, contested, nowIso),
  });
}

/** Whatever says something; the rest is absent. */
function optionalParts(findings: Findings): Partial<SecureWorkloadStatus> {
  const { hardening, secretVersions, configs, images, wouldDo, progress, podMutations } = findings;
  const { urls = [], exceptions = [], held = [], unusual } = findings;
  return {
    ...(hardening === undefined ? {} : { hardening: { rules: hardening.rules, summary: [...hardening.summary] } }),
    ...(secretVersions === undefined ? {} : { secretVersions }),
    ...(wouldDo === undefined ? {} : { wouldDo: { count: wouldDo.count, first: [...wouldDo.first] } }),
    ...(progress === undefined ? {} : { rollout: { ...progress } }),
    ...(podMutations === undefined
      ? {}
      : { podMutations: { fields: [...podMutations.fields], by: [...podMutations.by] } }),
    ...(unusual === undefined ? {} : { unusual }),
    ...unlessEmpty("exceptions", exceptions),
    ...unlessEmpty("configs", configs),
    ...unlessEmpty("held", held),
    ...unlessEmpty("images", images),
    ...unlessEmpty("urls", urls),
  };
}

const unlessEmpty = <K extends string, T>(key: K, list: readonly T[]): { [P in K]?: T[] } =>
  (list.length === 0 ? {} : { [key]: [...list] }) as { [P in K]?: T[] };

function verdictOf(workload: WorkloadRecord, { problems, health, spec, trouble, growing }: Findings): Comparison {
  // Problems that a person must fix go first.
  const problem = problems.find(({ reason }) => WORKLOAD_HEALTH[reason] === "Degraded") ?? problems[0];
  if (problem !== undefined) return { ready: false, reason: problem.reason, message: withOthers(problem, problems) };
  const followed = spec ?? workload.spec;
  const type = followed?.type ?? "Deployment";
  if (health === undefined || health.observedGeneration < health.generation)
    return progressing(`waiting for the ${type} controller`);
  const pods = verdictOnHealth(health, followed, trouble ?? growing);
  return pods.ready && growing !== undefined ? { ready: false, reason: "ClaimsGrowing", message: growing } : pods;
}

/** One reason is all that a condition has; what else is the matter stands in its message, by its reason. */
const withOthers = (first: Problem, problems: readonly Problem[]): string =>
  [
    first.message,
    ...new Set(problems.filter((one) => one !== first).map(({ reason, message }) => `${reason}: ${message}`)),
  ].join("; ");

function verdictOnHealth(
  health: RolloutHealth,
  followed: SecureWorkloadSpec | undefined,
  trouble: string | undefined,
): Comparison {
  const { failure, deadlineExceeded, run } = health;
  if (failure !== undefined && !deadlineExceeded) return { ready: false, reason: "PodsRefused", message: failure };
  const why = failure ?? trouble;
  if (run === undefined) return verdictOnPods(health, wantedPods(followed, health), followed, why);
  return deadlineExceeded ? stalledRun(deadlineSeconds(followed?.rollout), why) : verdictOnRun(run, why);
}

const RUN_AGAIN = "set job.rerun to another value to run it again";

const HELD = `Restored from a backup, so the Job may have run before and does not run by itself: take the label ${RESTORED_LABEL} off this SecureWorkload to run it, or leave it as it is`;

function verdictOnRun({ state, message, isOutdated }: RunHealth, trouble: string | undefined): Comparison {
  switch (state) {
    case "Complete":
      return { ready: true, reason: "Completed", message: completed(isOutdated === true) };
    case "Failed":
      return { ready: false, reason: "RunFailed", message: `Job failed: ${message}; ${RUN_AGAIN}` };
    case "Held":
      return { ready: true, reason: "RunHeld", message: HELD };
    case "Scheduled":
      return { ready: true, reason: "Scheduled", message: "CronJob runs on schedule" };
    case "Suspended":
      return { ready: true, reason: "Suspended", message: "CronJob is suspended (schedule.suspended)" };
    default:
      return progressing(withTrouble("Job is running", trouble));
  }
}

function stalledRun(seconds: number, trouble: string | undefined): Comparison {
  const message = `No pod of the run has started within its progress deadline (${seconds}s): ${trouble ?? "check the pods' events"}`;
  return { ready: false, reason: "RolloutStalled", message };
}

const completed = (isOutdated: boolean): string =>
  isOutdated ? `Job completed; what it would run has changed since: ${RUN_AGAIN}` : "Job completed";

function verdictOnPods(
  health: RolloutHealth,
  wanted: number,
  followed: SecureWorkloadSpec | undefined,
  trouble: string | undefined,
): Comparison {
  if (health.deadlineExceeded) return stalledRollout(health, wanted, deadlineSeconds(followed?.rollout), trouble);
  if (wanted === 0) {
    return health.replicas === 0
      ? { ready: true, reason: "ScaledToZero", message: "scaled to zero" }
      : progressing(`${health.replicas} pods are terminating`);
  }
  const why = unfinished(health, wanted);
  if (why !== undefined) return progressing(withTrouble(why, trouble));
  return { ready: true, reason: "Running", message: `${health.ready} of ${wanted} pods are ready` };
}

function stalledRollout(
  health: RolloutHealth,
  wanted: number,
  seconds: number,
  trouble: string | undefined,
): Comparison {
  const why = trouble ?? "check the pods' events";
  const rest =
    health.replicas > health.updated
      ? "The previous revision keeps serving"
      : `${health.ready} of ${wanted} pods are ready`;
  const message = `Rollout exceeded its progress deadline (${seconds}s): ${why}. ${rest}`;
  return { ready: false, reason: "RolloutStalled", message };
}

/** What a rollout still waits for; undefined when it is complete. */
function unfinished(health: RolloutHealth, wanted: number): string | undefined {
  if (health.updated < wanted) return `${health.updated} of ${wanted} pods run the current spec`;
  if (health.replicas > health.updated) {
    return health.available < health.replicas
      ? "waiting for new pods to become ready; the previous revision keeps serving"
      : `${health.replicas - health.updated} pods of the previous revision are terminating`;
  }
  return health.available < wanted ? `${health.available} of ${wanted} pods are ready` : undefined;
}

const withTrouble = (message: string, trouble: string | undefined): string =>
  trouble === undefined ? message : `${message}; ${trouble}`;

const progressing = (message: string): Comparison => ({ ready: false, reason: "Progressing", message });

function conditionsOf(
  workload: WorkloadRecord,
  { problems, contested, paused = [], unproven = [], limits = [], notices = [] }: Findings,
  comparison: Comparison,
  nowIso: string,
): Condition[] {
  const standing = [
    ...problems.filter(({ drift }) => drift === true).map(({ message }) => message),
    ...paused.map((cause) => `deletions because of ${cause} are paused`),
    ...unproven,
  ];
  const say = (type: string, status: boolean, reason: Reason, message: string): Condition => {
    const before = workload.status.conditions?.find((condition) => condition.type === type);
    const value = status ? "True" : "False";
    return {
      type,
      status: value,
      reason,
      message,
      lastTransitionTime: before?.status === value ? before.lastTransitionTime : nowIso,
      observedGeneration: workload.generation,
    };
  };
  const waiting = waitingCondition(WORKLOAD_HEALTH[comparison.reason]);
  return [
    say("Ready", comparison.ready, comparison.reason, comparison.message),
    ...(waiting === undefined ? [] : [say(waiting, true, comparison.reason, comparison.message)]),
    standing.length === 0
      ? say("DriftFree", true, "NoDrift", "every child is as the spec says")
      : say("DriftFree", false, "Uncorrected", standing.join("; ")),
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
            `a client keeps changing ${contested.join(", ")} back: find it by the field manager in the DriftCorrected Events`,
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

function summaryOf({ object, action, fields, changedBy }: Correction, nowIso: string) {
  return {
    time: nowIso,
    object,
    action,
    fields: [...fields],
    ...(changedBy === undefined ? {} : { manager: changedBy.manager }),
  };
}
