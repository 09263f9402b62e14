/** One namespace that holds workloads: Pod Security raised, every pod closed by default, and what slipped in while it was not, gone. */

import type { ReconcileContext } from "../../kopf/controller.ts";
import { keyOf, nameOf } from "../../kopf/object.ts";
import { type Outcome, settled, waiting } from "../../kopf/outcome.ts";
import { announce } from "../announce.ts";
import type { Correction } from "../correction.ts";
import type { Deps } from "../deps.ts";
import { loweredLabels, securedLabels } from "../pod-security.ts";
import type { NamespaceRecord } from "../records.ts";
import { syncTarget } from "../secure-workload/children.ts";
import { corrected } from "../secure-workload/corrected.ts";
import { NAMESPACE, NETWORK_POLICY, POD } from "../secure-workload/resources/kinds.ts";
import { DEFAULT_DENY_NAME } from "../secure-workload/resources/network-policy.ts";
import type { World } from "../world.ts";

/** Whether pods may be made: the labels stand, and so does the default deny. */
export function isSecured(world: World, namespace: string): boolean {
  const record = world.namespaces.get(namespace);
  if (record === undefined || record.deleting || missingLabels(world, record).length > 0) return false;
  const deny = world.childrenOf(NETWORK_POLICY).get(keyOf({ namespace, name: DEFAULT_DENY_NAME }));
  return deny?.type === "child" && deny.conformed !== undefined && deny.verdict !== "deleting";
}

function missingLabels(world: World, record: NamespaceRecord): readonly string[] {
  return loweredLabels(record.podSecurity, world.facts().podSecurityVersion);
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

export function createNamespaceReconciler(
  deps: Deps,
  secured: SecuredNamespaces,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const record = deps.world.namespaces.get(key);
    if (record === undefined || record.deleting || !deps.world.isGoverned(key)) return settled();
    const wasSecured = secured.has(record.uid) || wasSecuredBefore(key, deps);
    const [deny, labels] = await Promise.all([
      enforceDefaultDeny(key, deps, secured, signal),
      raiseLabels(key, record, wasSecured, deps, signal),
    ]);
    // Told of on the oldest workload, where the team looks.
    const [oldest] = deps.world.workloadsIn(key);
    for (const correction of [...deny.corrections, ...labels]) announce(key, oldest, correction, deps);
    if (isSecured(deps.world, key)) secured.add(record.uid);
    return deny.retryAfterMs === undefined ? settled() : waiting("DefaultDenyPending", deny.retryAfterMs);
  };
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

async function raiseLabels(
  namespace: string,
  record: NamespaceRecord,
  wasSecured: boolean,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly Correction[]> {
  const names = missingLabels(deps.world, record);
  if (names.length === 0) return [];
  const target = { resource: NAMESPACE, name: { name: namespace } };
  const labels = securedLabels(record.podSecurity, deps.world.facts().podSecurityVersion);
  // Applied, not patched: only an apply makes the API server keep track of writers where it has not so far.
  const intent = { apiVersion: "v1", kind: NAMESPACE.kind, metadata: { name: namespace, uid: record.uid, labels } };
  deps.world.namespaces.observe(await deps.client.apply(NAMESPACE, intent, { force: true, signal }));
  if (!wasSecured) return [];
  const onlyVersions = names.every((name) => name.endsWith("-version"));
  const fields = names.map((name) => `metadata.labels[${name}]`);
  const raised = corrected(target, deps, {
    action: "Repair",
    driftCase: onlyVersions ? "70" : "69",
    fields,
    culprit: record.culprit,
    seenMs: record.seenMs,
  });
  return [raised, ...(await removeWeakPods(namespace, record, deps, signal))];
}

/** Pod Security never evicts: pods that were admitted while the label was lowered are deleted (DRIFT 69). */
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
      pod.breaks.length > 0 &&
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
