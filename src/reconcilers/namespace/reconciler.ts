/**
 * One namespace that holds workloads: how far it is enrolled, Pod Security raised, pods closed by default, and what slipped in while it was
 * not, gone.
 */
import {
  isAlreadyExists,
  isForbidden,
  isInvalid,
  keyOf,
  nameOf,
  type Outcome,
  type ReconcileContext,
  settled,
  TemporaryError,
  waiting,
} from "kopf-ts";
import { ENROLMENT_LABEL } from "../../crds/group.ts";
import { type Enrolment, isAtLeast } from "../../crds/v1alpha1/enrolment.ts";
import { NAMESPACE, NETWORK_POLICY, POD } from "../../kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME } from "../../names.ts";
import type { Correction } from "../../plan/correction.ts";
import { isMetadataTooMuch } from "../../plan/ignored-fields.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { ChildRecord } from "../../state/records/child.ts";
import type { NamespaceRecord } from "../../state/records/namespace.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import { syncTarget } from "../apply/children.ts";
import { corrected } from "../apply/correction-result.ts";
import { announce } from "../apply/report-correction.ts";
import type { Deps } from "../deps.ts";
import { isRefusedNamespace } from "../refused-namespace.ts";
import { decideEnrolment, type EnrolmentDecision } from "./enrolment.ts";
import type { EnrolmentBlockers } from "./enrolment-blockers.ts";
import { isMovedByExceptions } from "./exception-levels.ts";
import { takeInventory } from "./inventory.ts";
import { listsFor, staleLists } from "./lists.ts";
import { clearSince, labelsFor, missingLabels } from "./namespace-metadata.ts";
import { lookAgain, nothingYet } from "./sealed-inventory.ts";

/** Whether pods may be made: the labels stand, and so does the default deny. */
export function isSecured(state: ClusterState, namespace: string): boolean {
  const record = state.namespaces.get(namespace);
  const enrolment = state.enrolmentOf(namespace);
  if (record === undefined || record.deleting || enrolment === undefined) return false;
  if (state.memory.ofNamespace(namespace).isLabelSeen === false) return false;
  if (missingLabels(record, labelsFor(namespace, record, enrolment, state)).length > 0) return false;
  const deny = state.childrenOf(NETWORK_POLICY).get(keyOf({ namespace, name: DEFAULT_DENY_NAME }));
  return deny?.type === "child" && deny.comparison !== "deleting" && closes(deny);
}

/** Whether the default deny is, or was, what it must be; a webhook that labels it opens nothing. */
const closes = ({ conformed, ours, deviation }: ChildRecord): boolean =>
  conformed !== undefined || (ours && deviation?.differences.every(isMetadataTooMuch) === true);

/** What holds a namespace back is looked at anew this often, and so is whether it is still there. */
export const INVENTORY_EVERY_MS = 10_000;

const REFUSED_MS = 500;
const UNSEEN_MS = 20;

export function createNamespaceReconciler(
  deps: Deps,
  blockers: EnrolmentBlockers,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const record = workedOn(key, deps.state);
    if (record !== undefined) return enforce(key, record, deps, { blockers, signal });
    blockers.set(key, undefined);
    return settled();
  };
}

/** Undefined where nothing is written: a namespace that is gone, not enrolled, reserved, or only reported on by its workloads. */
function workedOn(namespace: string, state: ClusterState): NamespaceRecord | undefined {
  const record = state.namespaces.get(namespace);
  if (record === undefined || record.deleting || !state.isEnrolled(namespace)) return undefined;
  const isLeftAlone =
    isRefusedNamespace(namespace, state.installation) || state.granted.enforcement(namespace) === "Report";
  return isLeftAlone ? undefined : record;
}

interface Enforcing {
  readonly blockers: EnrolmentBlockers;
  readonly signal: AbortSignal;
}

async function enforce(
  key: string,
  record: NamespaceRecord,
  deps: Deps,
  { blockers, signal }: Enforcing,
): Promise<Outcome> {
  const memory = deps.state.memory.ofNamespace(key);
  const before = deps.state.enrolmentOf(key);
  const wasSecured = memory.wasSecured === true || wasSecuredBefore(key, deps);
  const { enrolment, againMs, leavesMs = Number.POSITIVE_INFINITY } = await enrol(key, deps, blockers, signal);
  const decided = { namespace: key, record, enrolment, wasSecured: wasSecured && before === enrolment };
  const enrolled = record.marks[ENROLMENT_LABEL] === undefined ? await mark(decided, deps, signal) : undefined;
  memory.isLabelSeen ??= enrolled === undefined;
  if (!memory.isLabelSeen) await seeLabel(key, deps, signal);
  const [deny, labels] = await Promise.all([
    enforceDefaultDeny(key, deps, signal),
    enrolled ?? mark(decided, deps, signal),
  ]);
  // Told of on the oldest workload, where the team looks.
  const oldest = deps.state.oldestIn(key);
  for (const correction of [...deny.corrections, ...labels]) announce(oldest, correction, deps);
  if (isSecured(deps.state, key)) memory.wasSecured = true;
  if (deny.retryAfterMs !== undefined)
    return waiting("DefaultDenyPending", Math.min(INVENTORY_EVERY_MS, deny.retryAfterMs));
  const untilLeaveMs = Math.max(1, leavesMs - deps.clock.now());
  return againMs === undefined
    ? waiting("NotSealed", Math.min(INVENTORY_EVERY_MS, untilLeaveMs))
    : waiting("Sealed", againMs);
}

/**
 * Policies let the operator write only where the API server sees the label, which is a moment after it took it. It is asked by a dry run, and nothing
 * is made there before: a namespace whose labels stand is seen.
 */
async function seeLabel(namespace: string, deps: Deps, signal: AbortSignal): Promise<void> {
  const { object } = deps.state.desiredDefaultDeny(namespace);
  try {
    await deps.client.create(NETWORK_POLICY, object, { dryRun: true, signal });
  } catch (error) {
    if (isForbidden(error)) throw new TemporaryError("EnrolmentUnseen", UNSEEN_MS);
    if (!isAlreadyExists(error)) throw error;
  }
  deps.state.memory.ofNamespace(namespace).isLabelSeen = true;
}

interface Enrolled extends Pick<EnrolmentDecision, "enrolment" | "leavesMs"> {
  /** When to look again at what a sealed namespace holds. */
  readonly againMs?: number;
}

/** Decides the enrolment, and keeps what holds it back, or what is there in spite of it. */
async function enrol(
  namespace: string,
  deps: Deps,
  blockers: EnrolmentBlockers,
  signal: AbortSignal,
): Promise<Enrolled> {
  const { state, clock } = deps;
  const held = state.granted.heldEnrolment(namespace);
  const reached = [state.enrolmentOf(namespace), strictDeny(namespace, state)];
  const isSealed = held === undefined ? reached.includes("Sealed") : held === "Sealed";
  const memory = state.memory.ofNamespace(namespace);
  if (!reached.includes("Sealed")) memory.sealedInventory = nothingYet(clock.monotonicMs());
  const sealed = isSealed ? await lookAgain(namespace, deps, signal) : undefined;
  const foreign = sealed?.found ?? (await takeInventory(namespace, deps, signal));
  const { enrolment, clearSinceMs, leavesMs } = decideEnrolment({
    held,
    reached,
    foreign,
    clearSinceMs: clearSince(namespace, state),
    leaveAfterMs: state.granted.leaveObservingAfterMs(),
    nowMs: clock.now(),
  });
  state.decideEnrolment(namespace, enrolment);
  memory.clearSinceMs = clearSinceMs;
  const isClean = enrolment === "Sealed" && foreign.makers.length === 0 && foreign.others.length === 0;
  blockers.set(namespace, isClean ? undefined : { state: enrolment, foreign, leavesMs });
  const untilMs = Math.max(1, (memory.sealedInventory?.dueMs ?? 0) - clock.monotonicMs());
  return {
    enrolment,
    ...(leavesMs === undefined ? {} : { leavesMs }),
    ...(enrolment === "Sealed" ? { againMs: untilMs } : {}),
  };
}

/** A default deny for every pod is left only by a namespace that was past observing, whatever became of its label. */
function strictDeny(namespace: string, state: ClusterState): Enrolment | undefined {
  if (state.enrolmentOf(namespace) !== undefined) return undefined;
  const deny = state.childrenOf(NETWORK_POLICY).get(keyOf({ namespace, name: DEFAULT_DENY_NAME }));
  return deny?.type === "child" && deny.conformed !== undefined ? "Guarding" : undefined;
}

/** After a restart: a workload with children stood in it, so it was secured. */
function wasSecuredBefore(namespace: string, { state }: Deps): boolean {
  return state.workloadsIn(namespace).some(({ status }) => (status.children ?? []).length > 0);
}

async function enforceDefaultDeny(
  namespace: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<{ readonly corrections: readonly Correction[]; readonly retryAfterMs: number | undefined }> {
  const name = { namespace, name: DEFAULT_DENY_NAME };
  const memory = deps.state.memory.ofNamespace(namespace);
  const lostMs = memory.denyLostMs;
  memory.denyLostMs = undefined;
  const target = {
    resource: NETWORK_POLICY,
    cache: deps.state.childrenOf(NETWORK_POLICY),
    name,
    desired: () => deps.state.desiredDefaultDeny(namespace),
    missingSinceMs: lostMs,
  };
  const { correction, problem } = await syncTarget(target, deps, signal);
  if (problem !== undefined) memory.denyLostMs ??= lostMs;
  return { corrections: correction === undefined ? [] : [correction], retryAfterMs: problem?.retryAfterMs };
}

interface Decided {
  readonly namespace: string;
  readonly record: NamespaceRecord;
  readonly enrolment: Enrolment;
  /** Whether a label that is missing was taken away. */
  readonly wasSecured: boolean;
}

/** Writes the labels and the lists where they are not as they must be; what was lowered is a correction. */
async function mark(
  { namespace, record, enrolment, wasSecured }: Decided,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly Correction[]> {
  const labels = labelsFor(namespace, record, enrolment, deps.state);
  const { annotations, unlisted } = listsFor(namespace, record, deps.state);
  const names = missingLabels(record, labels);
  const level = deps.state.exceptions.podSecurityLevel(namespace);
  const memory = deps.state.memory.ofNamespace(namespace);
  memory.unlisted = unlisted;
  const isMoved = isMovedByExceptions(namespace, record, names, deps.state);
  if (names.length === 0 && staleLists(record, annotations).length === 0) {
    memory.podSecurityLevel = level;
    return [];
  }
  // Applied, not patched: only an apply makes the API server keep track of writers where it has not so far.
  const metadata = { name: namespace, uid: record.uid, labels, annotations };
  const intent = { apiVersion: "v1", kind: NAMESPACE.kind, metadata };
  const applied = await deps.client.apply(NAMESPACE, intent, { force: true, signal }).catch((error: unknown) => {
    throw isForbidden(error) || isInvalid(error) ? refused(namespace, error, deps) : error;
  });
  deps.state.namespaces.observe(applied);
  memory.refusal = undefined;
  memory.podSecurityLevel = level;
  if (!wasSecured || isMoved || names.length === 0) return [];
  const target = { resource: NAMESPACE, name: { name: namespace } };
  const raised = corrected(target, deps, {
    action: "Repair",
    driftCase: caseOf(names),
    fields: names.map((name) => `metadata.labels[${name}]`),
    changedBy: record.changedBy,
    seenMs: record.seenMs,
  });
  const weak = isAtLeast(enrolment, "Guarding") ? await removeWeakPods(namespace, record, deps, signal) : [];
  return [raised, ...weak];
}

/** The policies on enrolment read SecureWorkloads and the SecurityBaseline, of which the API server may learn a moment after the operator. */
function refused(namespace: string, error: unknown, { logger, state }: Deps): TemporaryError {
  const why = error instanceof Error ? error.message : String(error);
  state.memory.ofNamespace(namespace).refusal = why;
  logger.warn({ namespace, why }, "enrolment refused");
  return new TemporaryError("EnrolmentRefused", REFUSED_MS);
}

function caseOf(labels: readonly string[]): string {
  if (labels.every((label) => label === ENROLMENT_LABEL)) return "71";
  return labels.every((label) => label.endsWith("-version")) ? "70" : "69";
}

/** Pod Security never evicts: pods that were admitted while the label was lowered are deleted (DRIFT 69), unless exceptions allow what they break. */
async function removeWeakPods(
  namespace: string,
  { changedBy }: NamespaceRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly Correction[]> {
  const loweredMs = changedBy?.time === undefined ? deps.clock.now() - 60_000 : Date.parse(changedBy.time);
  const weak = [...deps.state.pods.entries()].filter(
    ([key, pod]) =>
      nameOf(key).namespace === namespace &&
      pod.createdMs >= loweredMs - 1_000 &&
      breaksMore(pod, namespace, deps.state) &&
      !pod.deleting,
  );
  return Promise.all(
    weak.map(async ([key, pod]) => {
      const name = nameOf(key);
      const target = { resource: POD, name };
      await deps.client.delete(POD, name, { uid: pod.uid, gracePeriodSeconds: 0, signal });
      return corrected(target, deps, {
        action: "Delete",
        driftCase: "69",
        fields: pod.breaks.map((policy) => `violates ${policy}`),
        changedBy: pod.changedBy,
        seenMs: pod.seenMs,
      });
    }),
  );
}

function breaksMore({ breaks, workload = "" }: PodRecord, namespace: string, { exceptions }: ClusterState): boolean {
  const lifted: ReadonlySet<string> = exceptions.lifted(keyOf({ namespace, name: workload }));
  return breaks.some((policy) => !lifted.has(policy));
}
