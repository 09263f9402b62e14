/** What was seen of the cluster, as the SecurityBaseline's status says it. Pure. */
import type { BaselineConditionType, BaselineReason } from "../../crds/v1alpha1/baseline-conditions.ts";
import { BASELINE_HEALTH, waitingCondition } from "../../crds/v1alpha1/reason-health.ts";
import {
  MAX_HELD_BACK,
  MAX_HOLDERS,
  MAX_LISTED_EXCEPTIONS,
  MAX_RBAC_FINDINGS,
  type SecurityBaselineStatus,
} from "../../crds/v1alpha1/security-baseline.ts";
import type { HeldBackNamespace } from "../namespace/held-back.ts";
import { printable } from "../rights/dangers.ts";
import { type Finding, waysAroundMessage } from "../rights/findings.ts";
import type { BaselineRecord } from "./record.ts";

/** Something that the baseline says and that is not in force. */
export interface BaselineProblem {
  readonly reason: BaselineReason;
  readonly message: string;
}

/** One condition, and whether it holds. */
export interface BaselineFinding {
  readonly holds: boolean;
  readonly reason: BaselineReason;
  readonly message: string;
}

export interface BaselineFindings {
  readonly problems: readonly BaselineProblem[];
  readonly namespaces: number;
  readonly workloads: number;
  /** By name. */
  readonly notSealed: readonly (readonly [string, HeldBackNamespace])[];
  readonly admission?: BaselineFinding | undefined;
  /** Whether the network plugin closes what NetworkPolicies close; undefined where that was not tried. */
  readonly network?: BaselineFinding | undefined;
  /** Who gets around what holds for workloads. */
  readonly rbac: readonly Finding[];
  /** Those that end first stand first. */
  readonly exceptions: readonly { readonly name: string; readonly workload: string; readonly expires: string }[];
}

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function baselineStatusOf(
  { generation, status: before }: BaselineRecord,
  { problems, namespaces, workloads, notSealed, admission, network, rbac, exceptions }: BaselineFindings,
  nowIso: string,
): SecurityBaselineStatus {
  const condition = (type: BaselineConditionType, { holds, reason, message }: BaselineFinding) => {
    const status = holds ? "True" : "False";
    const last = before.conditions?.find((candidate) => candidate.type === type);
    return {
      type,
      status,
      reason,
      message: message.slice(0, 4_096),
      lastTransitionTime: last?.status === status ? last.lastTransitionTime : nowIso,
      observedGeneration: generation,
    } as const;
  };
  const ready = readiness(problems);
  const waiting = waitingFor([ready, network, admission]);
  return {
    observedGeneration: generation,
    conditions: [
      condition("Ready", ready),
      ...(waiting === undefined ? [] : [condition(waiting.type, { ...waiting.finding, holds: true })]),
      ...(admission === undefined ? [] : [condition("AdmissionEnforced", admission)]),
      ...(network === undefined ? [] : [condition("NetworkPolicyEnforced", network)]),
      condition("RBACNarrow", narrowness(rbac)),
    ],
    namespaces,
    sealed: Math.max(0, namespaces - notSealed.length),
    ...(notSealed.length === 0 ? {} : { notSealed: notSealed.slice(0, MAX_HELD_BACK).map(heldBackOf) }),
    workloads,
    rbacFindings: rbac.slice(0, MAX_RBAC_FINDINGS).map(({ driftCase, subject, via, more }) => ({
      driftCase: Number(driftCase),
      subject: printable(subject, 320),
      via: `${printable(via, 480)}${more === 0 ? "" : `, and ${more} more`}`,
    })),
    exceptions: { inForce: exceptions.length, first: exceptions.slice(0, MAX_LISTED_EXCEPTIONS) },
  };
}

function readiness(problems: readonly BaselineProblem[]): BaselineFinding {
  const [first] = problems;
  return first === undefined
    ? { holds: true, reason: "InForce", message: "everything that the spec says is in force" }
    : { holds: false, reason: first.reason, message: problems.map(({ message }) => message).join("; ") };
}

/** What keeps the baseline from being in force: what only a person can mend goes before what comes by itself. */
function waitingFor(findings: readonly (BaselineFinding | undefined)[]) {
  const waiting = findings.flatMap((finding) => {
    const type = finding === undefined ? undefined : waitingCondition(BASELINE_HEALTH[finding.reason]);
    return finding === undefined || type === undefined ? [] : [{ type, finding }];
  });
  return waiting.find(({ type }) => type === "Stalled") ?? waiting[0];
}

function narrowness(rbac: readonly Finding[]): BaselineFinding {
  return rbac.length === 0
    ? { holds: true, reason: "NoWayAround", message: "nobody but the control plane gets around workloads by RBAC" }
    : { holds: false, reason: "WaysAround", message: waysAroundMessage(rbac) };
}

function heldBackOf([name, { state, foreign }]: BaselineFindings["notSealed"][number]) {
  const holders = [...foreign.running, ...foreign.idle];
  const more = holders.length - MAX_HOLDERS;
  return { name, state, heldBackBy: holders.slice(0, MAX_HOLDERS), ...(more > 0 ? { more } : {}) };
}
