/** What was seen of the cluster, as the SecurityBaseline's status says it. Pure. */
import type { BaselineConditionType, BaselineReason } from "../../crds/v1alpha1/baseline-conditions.ts";
import type { BaselineProblem } from "../../crds/v1alpha1/findings.ts";
import { BASELINE_HEALTH, waitingCondition } from "../../crds/v1alpha1/reason-health.ts";
import {
  fitBaselineStatus,
  MAX_HOLDERS,
  MAX_LISTED_EXCEPTIONS,
  type SecurityBaselineStatus,
} from "../../crds/v1alpha1/security-baseline.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { type Finding, waysAroundMessage } from "../../rbac/findings.ts";
import { printable } from "../../rbac/privileges.ts";
import type { HeldBackNamespace } from "../../state/records/namespace.ts";
import type { BaselineRecord } from "../../state/records/security-baseline.ts";
import type { GrantInForce } from "./permission-grants.ts";

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
  /** Namespaces with workloads that are past Observing, by name. */
  readonly closed: readonly string[];
  /** By name; those that are sealed and hold something foreign all the same among them. */
  readonly notSealed: readonly (readonly [string, HeldBackNamespace])[];
  /** Namespaces that nobody has looked through since a restart: what the status says of them stays. */
  readonly unknown: ReadonlySet<string>;
  readonly admission?: BaselineFinding | undefined;
  /** Whether the network plugin closes what NetworkPolicies close; undefined where that was not tried. */
  readonly network?: BaselineFinding | undefined;
  /** Why pods might never start; undefined where they do. */
  readonly controlPlane?: BaselineFinding | undefined;
  /** Why a caller of the platform is kept out; undefined where none is. */
  readonly callers?: BaselineFinding | undefined;
  /** What of the nodes a person should look at; undefined where nothing is. */
  readonly nodes?: BaselineFinding | undefined;
  /** What of nodes and requests is unusual. */
  readonly unusual?: SecurityBaselineStatus["unusual"];
  /** Who gets around what holds for workloads. */
  readonly rbac: readonly Finding[];
  /** What spec.permissions grants; none unless set. */
  readonly permissions?: readonly GrantInForce[];
  /** Those that end first stand first. */
  readonly exceptions: readonly { readonly name: string; readonly workload: string; readonly expires: string }[];
}

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function baselineStatusOf(
  { generation, status: before }: BaselineRecord,
  {
    problems,
    namespaces,
    workloads,
    closed,
    notSealed,
    unknown,
    admission,
    network,
    controlPlane,
    callers,
    nodes,
    unusual,
    rbac,
    permissions = [],
    exceptions,
  }: BaselineFindings,
  nowIso: string,
): SecurityBaselineStatus {
  const condition = (type: BaselineConditionType, { holds, reason, message }: BaselineFinding) => {
    const status = holds ? "True" : "False";
    const last = before.conditions?.find((candidate) => candidate.type === type);
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: last?.status === status ? last.lastTransitionTime : nowIso,
      observedGeneration: generation,
    } as const;
  };
  const open = withUnknown(
    before.notSealed,
    notSealed.filter(([, { state }]) => state !== "Sealed").map(heldBackOf),
    unknown,
  );
  const sealedWith = withUnknown(
    before.sealedWith,
    notSealed.filter(([, { state }]) => state === "Sealed").map(foundIn),
    unknown,
  );
  const ready = readiness(problems);
  const waiting = waitingFor([ready, controlPlane, network, admission]);
  return fitBaselineStatus({
    observedGeneration: generation,
    conditions: [
      condition("Ready", ready),
      ...(waiting === undefined ? [] : [condition(waiting.type, { ...waiting.finding, holds: true })]),
      ...beside({
        AdmissionEnforced: admission,
        NetworkPolicyEnforced: network,
        ControlPlaneUnknown: controlPlane,
        CallersMissing: callers,
        NodesUnusual: nodes,
      }).map(([type, finding]) => condition(type, finding)),
      condition("RBACNarrow", narrowness(rbac)),
    ],
    namespaces,
    ...(closed.length === 0 ? {} : { closed: [...closed] }),
    sealed: Math.max(0, namespaces - open.length),
    ...(open.length === 0 ? {} : { notSealed: open }),
    ...(sealedWith.length === 0 ? {} : { sealedWith }),
    workloads,
    rbacFindings: rbac.map(({ driftCase, subject, via, more }) => ({
      driftCase: Number(driftCase),
      subject: printable(subject, 320),
      via: `${printable(via, 480)}${more === 0 ? "" : ` and ${more} more`}`,
    })),
    ...(permissions.length === 0 ? {} : { permissions: permissions.map(listed) }),
    ...(unusual === undefined ? {} : { unusual }),
    exceptions: { inForce: exceptions.length, first: exceptions.slice(0, MAX_LISTED_EXCEPTIONS) },
  });
}

/** Those of which something is known. */
const beside = (findings: Readonly<Partial<Record<BaselineConditionType, BaselineFinding | undefined>>>) =>
  (Object.entries(findings) as [BaselineConditionType, BaselineFinding | undefined][]).flatMap(([type, finding]) =>
    finding === undefined ? [] : [[type, finding] as const],
  );

const listed = (grant: GrantInForce) => ({ ...grant, usedBy: [...grant.usedBy] });

function readiness(problems: readonly BaselineProblem[]): BaselineFinding {
  const [first] = problems;
  return first === undefined
    ? { holds: true, reason: "InForce", message: "everything in the spec is in force" }
    : { holds: false, reason: first.reason, message: problems.map(({ message }) => message).join("; ") };
}

/** The reason why the baseline is not in force: one that a person must fix goes before one that resolves by itself. */
function waitingFor(findings: readonly (BaselineFinding | undefined)[]) {
  const waiting = findings.flatMap((finding) => {
    const type = finding === undefined ? undefined : waitingCondition(BASELINE_HEALTH[finding.reason]);
    return finding === undefined || type === undefined ? [] : [{ type, finding }];
  });
  return waiting.find(({ type }) => type === "Stalled") ?? waiting[0];
}

function narrowness(rbac: readonly Finding[]): BaselineFinding {
  return rbac.length === 0
    ? {
        holds: true,
        reason: "NoWayAround",
        message: "RBAC lets nobody outside the control plane bypass SecureWorkloads",
      }
    : { holds: false, reason: "WaysAround", message: waysAroundMessage(rbac) };
}

/** What is known now, and of the rest what the status said before; by name. */
function withUnknown<Told extends { readonly name: string }>(
  before: readonly Told[] | undefined,
  known: readonly Told[],
  unknown: ReadonlySet<string>,
): Told[] {
  const kept = (before ?? []).filter(({ name }) => unknown.has(name));
  return [...known, ...kept].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function foundIn([name, { foreign }]: BaselineFindings["notSealed"][number]) {
  const found = [...foreign.makers, ...foreign.others];
  const more = found.length - MAX_HOLDERS;
  return { name, found: found.slice(0, MAX_HOLDERS), ...(more > 0 ? { more } : {}) };
}

function heldBackOf([name, { state, foreign, leavesMs }]: BaselineFindings["notSealed"][number]) {
  const holders = [...foreign.makers, ...foreign.others];
  const more = holders.length - MAX_HOLDERS;
  return {
    name,
    state,
    heldBackBy: holders.slice(0, MAX_HOLDERS),
    ...(more > 0 ? { more } : {}),
    ...(leavesMs === undefined ? {} : { leavesObserving: isoSeconds(leavesMs) }),
  };
}
