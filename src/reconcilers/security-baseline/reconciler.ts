/** The SecurityBaseline's status: whether what it says is in force. What it grants is enforced by the workloads' own passes. */

import { isDeepStrictEqual } from "node:util";
import {
  isConflict,
  isNotFound,
  type Mapped,
  mapChanges,
  type Outcome,
  type ReconcileContext,
  type Source,
  settled,
} from "kopf-ts";
import { BASELINE_NAME, ENROLMENT_LABEL, SECURITY_BASELINE } from "../../crds/group.ts";
import type { BaselineConditionType, BaselineReason } from "../../crds/v1alpha1/baseline-conditions.ts";
import { enrolmentOfLabel, isAtLeast } from "../../crds/v1alpha1/enrolment.ts";
import type { BaselineProblem } from "../../crds/v1alpha1/findings.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { FINDING_CASES, type Finding, findingsOf } from "../../rbac/findings.ts";
import { accountsOf } from "../../rbac/subjects.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { type ControlPlaneFinding, controlPlaneProblem } from "../../state/control-plane.ts";
import { exposureProblems } from "../../state/records/gateway.ts";
import type { NamespaceRecord } from "../../state/records/namespace.ts";
import type { BaselineRecord } from "../../state/records/security-baseline.ts";
import { admissionFinding } from "../admission/finding.ts";
import type { AdmissionState } from "../admission/state.ts";
import type { Deps } from "../deps.ts";
import type { EnrolmentBlockers } from "../namespace/enrolment-blockers.ts";
import type { NetworkProbe } from "../network-probe/probe.ts";
import { inventorySources } from "../rights/sources.ts";
import { withNulls } from "../status-patch.ts";
import { type ClusterWatch, clusterUnusual, nodeFindingsIn, nodesFinding } from "../unusual/cluster.ts";
import { type CallerPods, callerProblems } from "./callers.ts";
import { waySources } from "./exposure-sources.ts";
import { grantsInForce } from "./permission-grants.ts";
import { type BaselineFinding, type BaselineFindings, baselineStatusOf } from "./status.ts";

/** What the status tells of, beside the caches. */
export interface BaselineWatch {
  readonly blockers: EnrolmentBlockers;
  readonly prevention: AdmissionState;
  readonly probe: NetworkProbe | undefined;
  readonly callers: CallerPods;
  readonly unusual: ClusterWatch;
}

export function createBaselineReconciler(
  deps: Deps,
  watch: BaselineWatch,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const rbac = rbacFindings(deps);
    const baseline = deps.state.granted.baselines.get(key);
    if (baseline === undefined) return settled();
    await watch.callers.lookForNew(signal);
    const findings = {
      ...findingsIn(baseline, deps.state, watch),
      ...unusualIn(deps, watch),
      rbac,
      network: networkFinding(watch, baseline),
    };
    await report(baseline, findings, deps, signal);
    return settled();
  };
}

function unusualIn(
  { state, clock }: Pick<Deps, "state" | "clock">,
  { unusual }: BaselineWatch,
): Pick<BaselineFindings, "nodes" | "unusual"> {
  const findings = nodeFindingsIn(state, unusual, clock.now());
  return { nodes: nodesFinding(findings), unusual: clusterUnusual(unusual, findings) };
}

/** Nodes come and go in crowds, and what they say of themselves is told slowly. */
const NODES_AFTER_MS = 30_000;
/** Counts move with every workload; they are written at most once in so long. */
const COUNT_AFTER_MS = 2_000;
/** Policies come in crowds, when the keeper starts, and so do namespaces; what decides over requests does not wait for counts. */
const PREVENTION_AFTER_MS = 200;
/** Bindings come in crowds. */
const INVENTORY_AFTER_MS = 3_000;

export function baselineSources(
  state: ClusterState,
  { blockers, prevention, probe, callers, unusual }: BaselineWatch,
): readonly Source[] {
  const slowly: Mapped = { key: BASELINE_NAME, afterMs: NODES_AFTER_MS, priority: -50 };
  const counted: readonly Mapped[] = [{ key: BASELINE_NAME, afterMs: COUNT_AFTER_MS, priority: -50 }];
  return [
    mapChanges(state.granted.baselines, ({ key, old, new: now }) => (old?.generation === now?.generation ? [] : [key])),
    ...waySources(state, BASELINE_NAME),
    // Networks of pods decide over those of callers.
    mapChanges(state.nodes, ({ old, new: now }) =>
      isDeepStrictEqual(old?.podNetworks, now?.podNetworks) ? [] : counted,
    ),
    mapChanges(state.nodes, ({ old, new: now }) => (isDeepStrictEqual(old?.facts, now?.facts) ? [] : [slowly])),
    mapChanges(state.namespaces, ({ old, new: now }) =>
      isClosed(old) === isClosed(now) ? [] : [{ key: BASELINE_NAME, afterMs: PREVENTION_AFTER_MS }],
    ),
    mapChanges(state.workloads, ({ type, old, new: now }) =>
      type === "updated" && isDeepStrictEqual(old?.spec?.permissions, now?.spec?.permissions) ? [] : counted,
    ),
    {
      subscribe: (enqueue) => {
        blockers.onChange(() => {
          for (const mapped of counted) enqueue(mapped, false);
        });
        prevention.onChange(() => enqueue({ key: BASELINE_NAME, afterMs: PREVENTION_AFTER_MS }, false));
        probe?.onChange(() => enqueue(BASELINE_NAME, false));
        state.controlPlane.onChange(() => enqueue(BASELINE_NAME, false));
        callers.onChange(() => enqueue(BASELINE_NAME, false));
        for (const watched of [unusual.denials, unusual.kubelets]) watched?.onChange(() => enqueue(slowly, false));
      },
    },
    ...inventorySources(state, { key: BASELINE_NAME, afterMs: INVENTORY_AFTER_MS, priority: -50 }),
    // A turn is told by the status, whichever replica wrote that.
    mapChanges(state.exceptions.cache, ({ old, new: now }) =>
      isDeepStrictEqual(old?.status, now?.status) ? [] : counted,
    ),
    { subscribe: (enqueue) => state.exceptions.onTurn(() => enqueue({ key: BASELINE_NAME }, false)) },
  ];
}

/** Another replica counts from now on. */
export function forgetFindings({ metrics }: Pick<Deps, "metrics">): void {
  metrics.rbacFindings.reset();
}

/** Counted where there is no baseline to write them to, too. */
function rbacFindings({ state, metrics }: Deps): readonly Finding[] {
  const findings = findingsOf(
    state.rights.all(),
    state.rights,
    (namespace) => state.isGoverned(namespace),
    accountsOf(state.installation),
  );
  for (const driftCase of FINDING_CASES) {
    const count = findings.filter((finding) => finding.driftCase === driftCase).length;
    metrics.rbacFindings.set({ drift_case: driftCase }, count);
  }
  return findings;
}

function findingsIn(
  baseline: BaselineRecord,
  state: ClusterState,
  { blockers, prevention, callers }: BaselineWatch,
): Omit<BaselineFindings, "rbac"> {
  return {
    problems: problemsOf(baseline, state),
    callers: callersFinding(baseline, state, callers),
    namespaces: state.governed().length,
    workloads: state.workloads.size,
    closed: closedIn(state),
    notSealed: blockers.entries(),
    unknown: new Set(state.enrolled().filter((namespace) => !blockers.isKnown(namespace))),
    admission: admissionFinding(prevention),
    permissions: grantsInForce(baseline, state),
    controlPlane: controlPlaneFinding(state.controlPlane.finding(), baseline),
    exceptions: [...state.exceptions.allActive()]
      .sort((a, b) => a.expiresMs - b.expiresMs)
      .map(({ name, workload, expiresMs }) => ({ name, workload, expires: isoSeconds(expiresMs) })),
  };
}

/** As their labels say, which admission reads too. */
const closedIn = ({ namespaces }: ClusterState): readonly string[] =>
  [...namespaces.entries()].flatMap(([name, record]) => (isClosed(record) ? [name] : [])).sort();

const isClosed = (record: NamespaceRecord | undefined): boolean => {
  const enrolment = record === undefined ? undefined : enrolmentOfLabel(record.marks[ENROLMENT_LABEL]);
  return enrolment !== undefined && isAtLeast(enrolment, "Guarding");
};

/** While the control plane is asked, what stood there before a restart stays. */
function controlPlaneFinding(finding: ControlPlaneFinding, baseline: BaselineRecord): BaselineFinding | undefined {
  if (finding.kind === "asking") return toldBefore("ControlPlaneUnknown", baseline);
  const message = controlPlaneProblem(finding);
  const reason = finding.kind === "unknown" ? "ControlPlaneUserUnknown" : "ControlPlaneSilent";
  return message === undefined ? undefined : { holds: true, reason, message };
}

/** Until the network is tried, what stood there before a restart stays. */
const networkFinding = ({ probe }: BaselineWatch, baseline: BaselineRecord): BaselineFinding | undefined =>
  probe === undefined || probe.hasLooked() ? probe?.finding() : toldBefore("NetworkPolicyEnforced", baseline);

function toldBefore(type: BaselineConditionType, { status }: BaselineRecord): BaselineFinding | undefined {
  const before = status.conditions?.find((condition) => condition.type === type);
  if (before === undefined) return undefined;
  const { status: holds, reason, message } = before;
  return { holds: holds === "True", reason: reason as BaselineReason, message };
}

function callersFinding(
  { everywhere }: BaselineRecord,
  { granted }: ClusterState,
  callers: CallerPods,
): BaselineFinding | undefined {
  const problems = callerProblems(everywhere, granted, (role, pods) => callers.presenceOf(role, pods));
  const [first] = problems;
  if (first === undefined) return undefined;
  return { holds: true, reason: first.reason, message: problems.map(({ message }) => message).join("; ") };
}

function problemsOf({ invalid, everywhere }: BaselineRecord, { granted }: ClusterState): readonly BaselineProblem[] {
  const { exposure, gateway } = everywhere;
  return invalid === undefined
    ? exposureProblems(exposure, granted.waysNamed(exposure), gateway !== undefined)
    : [
        {
          reason: "InvalidSpec",
          message: `${invalid}; until this is fixed, nothing is granted and no image is allowed`,
        },
      ];
}

/** Only when it says something new. */
async function report(
  baseline: BaselineRecord,
  findings: BaselineFindings,
  { client, clock, state }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const status = baselineStatusOf(baseline, findings, isoSeconds(clock.now()));
  if (isDeepStrictEqual(status, baseline.status)) return;
  const unusual = status.unusual && { unusual: withNulls(baseline.status.unusual ?? {}, status.unusual) };
  const patch = { metadata: { uid: baseline.uid }, status: { ...withNulls(baseline.status, status), ...unusual } };
  const options = { type: "merge", subresource: "status", signal } as const;
  try {
    state.granted.baselines.observe(await client.patch(SECURITY_BASELINE, { name: BASELINE_NAME }, patch, options));
  } catch (error) {
    // Gone, or made anew: its own event brings the next pass.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
