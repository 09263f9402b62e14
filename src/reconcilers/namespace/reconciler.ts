/**
 * One namespace that holds workloads: how far it is enrolled, Pod Security raised, pods closed by default, and what slipped in while it was
 * not, gone.
 */
import { ENROLMENT_LABEL } from "../../crds/group.ts";
import { type Enrolment, isAtLeast } from "../../crds/v1alpha1/enrolment.ts";
import { isForbidden, isInvalid } from "../../kopf/api-error.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { keyOf, nameOf } from "../../kopf/object.ts";
import { type Outcome, settled, TemporaryError, waiting } from "../../kopf/outcome.ts";
import { announce } from "../announce.ts";
import type { Correction } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord } from "../pod-record.ts";
import type { NamespaceRecord } from "../records.ts";
import { isRefusedNamespace } from "../refused-namespace.ts";
import { syncTarget } from "../secure-workload/children.ts";
import { corrected } from "../secure-workload/corrected.ts";
import { NAMESPACE, NETWORK_POLICY, POD } from "../secure-workload/resources/kinds.ts";
import { DEFAULT_DENY_NAME } from "../secure-workload/resources/network-policy.ts";
import type { World } from "../world.ts";
import { decideEnrolment, type Foreign } from "./enrolment.ts";
import type { ExceptionLevels } from "./exception-levels.ts";
import type { HeldBack } from "./held-back.ts";
import { takeInventory } from "./inventory.ts";
import { labelsFor, listsFor, missingLabels, staleLists } from "./marks.ts";

/** Whether pods may be made: the labels stand, and so does the default deny. */
export function isSecured(world: World, namespace: string): boolean {
  const record = world.namespaces.get(namespace);
  const state = world.enrolmentOf(namespace);
  if (record === undefined || record.deleting || state === undefined) return false;
  if (missingLabels(record, labelsFor(namespace, record, state, world)).length > 0) return false;
  const deny = world.childrenOf(NETWORK_POLICY).get(keyOf({ namespace, name: DEFAULT_DENY_NAME }));
  return deny?.type === "child" && deny.conformed !== undefined && deny.verdict !== "deleting";
}

/** Namespaces that once stood secured: a label missing from one of those was taken away, not yet to be set. */
export class SecuredNamespaces {
  readonly #secured = new Set<string>();
  readonly #denyLostMs = new Map<string, number>();

  has(uid: string): boolean {
    return this.#secured.has(uid);
  }

  add(uid: string): void {
    this.#secured.add(uid);
  }

  denyLost(namespace: string, atMs: number): void {
    this.#denyLostMs.set(namespace, atMs);
  }

  takeDenyLost(namespace: string): number | undefined {
    const atMs = this.#denyLostMs.get(namespace);
    this.#denyLostMs.delete(namespace);
    return atMs;
  }
}

/** What holds a namespace back is looked at anew this often, and so is whether it is still there. */
export const INVENTORY_EVERY_MS = 10_000;

const REFUSED_MS = 500;

export function createNamespaceReconciler(
  deps: Deps,
  secured: SecuredNamespaces,
  heldBack: HeldBack,
  levels: ExceptionLevels,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const record = deps.world.namespaces.get(key);
    const isRefused = isRefusedNamespace(key, deps.world.installation);
    if (record === undefined || record.deleting || !deps.world.isEnrolled(key) || isRefused) {
      heldBack.set(key, undefined);
      return settled();
    }
    const before = deps.world.enrolmentOf(key);
    const wasSecured = secured.has(record.uid) || wasSecuredBefore(key, deps);
    const state = await enrol(key, record, deps, heldBack, signal);
    const [deny, labels] = await Promise.all([
      enforceDefaultDeny(key, deps, secured, signal),
      mark(key, record, state, { wasSecured: wasSecured && before === state, levels }, deps, signal),
    ]);
    // Told of on the oldest workload, where the team looks.
    const oldest = deps.world.oldestIn(key);
    for (const correction of [...deny.corrections, ...labels]) announce(oldest, correction, deps);
    if (isSecured(deps.world, key)) secured.add(record.uid);
    if (deny.retryAfterMs !== undefined) return waiting("DefaultDenyPending", deny.retryAfterMs);
    return heldBack.has(key) ? waiting("NotSealed", INVENTORY_EVERY_MS) : settled();
  };
}

/** Decides the state, and keeps what holds it back. A namespace that was sealed once, or is held sealed, is not looked through again. */
async function enrol(
  namespace: string,
  record: NamespaceRecord,
  deps: Deps,
  heldBack: HeldBack,
  signal: AbortSignal,
): Promise<Enrolment> {
  const { world } = deps;
  const held = world.granted.heldEnrolment(namespace);
  const reached = [world.enrolmentOf(namespace), strictDeny(namespace, world)];
  const isSealed = held === undefined ? reached.includes("Sealed") : held === "Sealed";
  const foreign = isSealed ? NOTHING : await takeInventory(namespace, deps, signal);
  const state = decideEnrolment({ held, reached, foreign });
  world.decideEnrolment(record, state);
  heldBack.set(namespace, state === "Sealed" ? undefined : { state, foreign });
  return state;
}

const NOTHING: Foreign = { running: [], idle: [] };

/** A default deny for every pod is left only by a namespace that was past observing, whatever became of its label. */
function strictDeny(namespace: string, world: World): Enrolment | undefined {
  if (world.enrolmentOf(namespace) !== undefined) return undefined;
  const deny = world.childrenOf(NETWORK_POLICY).get(keyOf({ namespace, name: DEFAULT_DENY_NAME }));
  return deny?.type === "child" && deny.conformed !== undefined ? "Guarding" : undefined;
}

/** After a restart: a workload with children stood in it, so it was secured. */
function wasSecuredBefore(namespace: string, { world }: Deps): boolean {
  return world.workloadsIn(namespace).some(({ status }) => (status.children ?? []).length > 0);
}

async function enforceDefaultDeny(
  namespace: string,
  deps: Deps,
  secured: SecuredNamespaces,
  signal: AbortSignal,
): Promise<{ readonly corrections: readonly Correction[]; readonly retryAfterMs: number | undefined }> {
  const name = { namespace, name: DEFAULT_DENY_NAME };
  const lostMs = secured.takeDenyLost(namespace);
  const target = {
    resource: NETWORK_POLICY,
    cache: deps.world.childrenOf(NETWORK_POLICY),
    name,
    desired: () => deps.world.desiredDefaultDeny(namespace),
    missingSinceMs: lostMs,
  };
  const { correction, problem } = await syncTarget(target, deps, signal);
  if (problem !== undefined && lostMs !== undefined) secured.denyLost(namespace, lostMs);
  return { corrections: correction === undefined ? [] : [correction], retryAfterMs: problem?.retryAfterMs };
}

/** Writes the labels and the lists where they are not as they must be; what was lowered is a correction. */
async function mark(
  namespace: string,
  record: NamespaceRecord,
  state: Enrolment,
  { wasSecured, levels }: { readonly wasSecured: boolean; readonly levels: ExceptionLevels },
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly Correction[]> {
  const labels = labelsFor(namespace, record, state, deps.world);
  const annotations = listsFor(namespace, deps.world);
  const names = missingLabels(record, labels);
  const level = deps.world.exceptions.podSecurityLevel(namespace);
  const isMoved = levels.moved(namespace, record, names, deps.world);
  if (names.length === 0 && staleLists(record, annotations).length === 0) {
    levels.give(record.uid, level);
    return [];
  }
  // Applied, not patched: only an apply makes the API server keep track of writers where it has not so far.
  const metadata = { name: namespace, uid: record.uid, labels, annotations };
  const intent = { apiVersion: "v1", kind: NAMESPACE.kind, metadata };
  const applied = await deps.client.apply(NAMESPACE, intent, { force: true, signal }).catch((error: unknown) => {
    throw isForbidden(error) || isInvalid(error) ? refused(namespace, error, deps) : error;
  });
  deps.world.namespaces.observe(applied);
  levels.give(record.uid, level);
  if (!wasSecured || isMoved || names.length === 0) return [];
  const target = { resource: NAMESPACE, name: { name: namespace } };
  const raised = corrected(target, deps, {
    action: "Repair",
    driftCase: caseOf(names),
    fields: names.map((name) => `metadata.labels[${name}]`),
    culprit: record.culprit,
    seenMs: record.seenMs,
  });
  const weak = isAtLeast(state, "Guarding") ? await removeWeakPods(namespace, record, deps, signal) : [];
  return [raised, ...weak];
}

/** The policies on enrolment read SecureWorkloads and the SecurityBaseline, of which the API server may learn a moment after the operator. */
function refused(namespace: string, error: unknown, { logger }: Deps): TemporaryError {
  logger.warn({ namespace, why: error instanceof Error ? error.message : String(error) }, "enrolment refused");
  return new TemporaryError("EnrolmentRefused", REFUSED_MS);
}

function caseOf(labels: readonly string[]): string {
  if (labels.every((label) => label === ENROLMENT_LABEL)) return "71";
  return labels.every((label) => label.endsWith("-version")) ? "70" : "69";
}

/** Pod Security never evicts: pods that were admitted while the label was lowered are deleted (DRIFT 69), unless exceptions allow what they break. */
async function removeWeakPods(
  namespace: string,
  { culprit }: NamespaceRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly Correction[]> {
  const loweredMs = culprit?.time === undefined ? deps.clock.now() - 60_000 : Date.parse(culprit.time);
  const weak = [...deps.world.pods.entries()].filter(
    ([key, pod]) =>
      nameOf(key).namespace === namespace &&
      pod.createdMs >= loweredMs - 1_000 &&
      breaksMore(pod, namespace, deps.world) &&
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
        fields: pod.breaks.map((policy) => `it breaks ${policy}`),
        culprit: pod.culprit,
        seenMs: pod.seenMs,
      });
    }),
  );
}

function breaksMore({ breaks, workload = "" }: PodRecord, namespace: string, { exceptions }: World): boolean {
  const lifted: ReadonlySet<string> = exceptions.lifted(keyOf({ namespace, name: workload }));
  return breaks.some((policy) => !lifted.has(policy));
}
