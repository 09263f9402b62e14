/** Objects that are not ours and open what we closed: found by what they select, and deleted. */
import { keyOf, nameOf } from "../../kopf/object.ts";
import type { Correction } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord, WorkloadRecord } from "../records.ts";
import { couldMatch } from "../selectors.ts";
import type { AnyChildRecord } from "../world.ts";
import { type ChildResult, corrected, correctionKey, labelOf } from "./children.ts";
import { childLabels } from "./resources/input.ts";
import { DEPLOYMENT, NETWORK_POLICY, POD, ROLE_BINDING } from "./resources/kinds.ts";
import { rbacName } from "./resources/rbac.ts";

interface Offender {
  readonly resource: typeof NETWORK_POLICY;
  readonly key: string;
  readonly uid: string;
  readonly driftCase: string;
  readonly why: string;
  readonly culprit: Correction["culprit"];
  readonly seenMs: number;
}

/** Deletes every offender against this workload; each is a correction of its own. */
export async function removeOffenders(
  workload: WorkloadRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly ChildResult[]> {
  const offenders = [
    ...foreignPolicies(workload, deps),
    ...foreignBindings(workload, deps),
    ...impostors(workload, deps),
  ];
  return Promise.all(offenders.map((offender) => removeOffender(offender, deps, signal)));
}

async function removeOffender(
  { resource, key, uid, driftCase, why, culprit, seenMs }: Offender,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildResult> {
  const name = nameOf(key);
  const target = { resource, name };
  const waitMs = deps.corrections.delayMs(correctionKey(target));
  if (waitMs > 0) {
    return {
      problem: {
        reason: "CorrectionLimited",
        message: `${labelOf(target)} comes back again and again; it is deleted at a bounded rate`,
        retryAfterMs: waitMs,
      },
    };
  }
  const grace = resource === POD ? { gracePeriodSeconds: 0 } : {};
  const deleted = await deps.client.delete(resource, name, { signal, uid, ...grace });
  const cache = resource === POD ? deps.world.pods : deps.world.childrenOf(resource);
  cache.observeDeleted(name, uid);
  return deleted
    ? { correction: corrected(target, deps, { action: "Delete", driftCase, fields: [why], culprit, seenMs }) }
    : {};
}

function recordsOf(
  resource: Offender["resource"],
  { world }: Deps,
  index: string,
  value: string,
): readonly (readonly [string, AnyChildRecord])[] {
  const cache = world.childrenOf(resource);
  return cache.byIndex(index, value).flatMap((key) => {
    const record = cache.get(key);
    return record === undefined ? [] : [[key, record] as const];
  });
}

/** The Deployment controller's own label on a pod: its value is not ours to know. */
const UNKNOWN_LABELS = ["pod-template-hash"];

/** NetworkPolicies only ever add: one that allows something and selects our pods opens them (DRIFT 40). */
function foreignPolicies(workload: WorkloadRecord, deps: Deps): readonly Offender[] {
  return recordsOf(NETWORK_POLICY, deps, "foreignIn", workload.ref.namespace).flatMap(([key, record]): Offender[] => {
    if (record.type !== "foreign-policy" || !record.allows) return [];
    if (!couldMatch(record.podSelector, childLabels(workload.ref), UNKNOWN_LABELS)) return [];
    return [
      {
        resource: NETWORK_POLICY,
        key,
        uid: record.uid,
        driftCase: "40",
        why: "it allows traffic of this workload's pods",
        culprit: record.culprit,
        seenMs: record.seenMs,
      },
    ];
  });
}

/** What the account may do is declared in the workload; a binding that adds to it is somebody else's wish (DRIFT 56). */
function foreignBindings(workload: WorkloadRecord, deps: Deps): readonly Offender[] {
  const own = keyOf({ namespace: workload.ref.namespace, name: rbacName(workload.ref.name) });
  return recordsOf(ROLE_BINDING, deps, "account", workload.key).flatMap(([key, record]): Offender[] =>
    record.type !== "foreign-binding" || key === own
      ? []
      : [
          {
            resource: ROLE_BINDING,
            key,
            uid: record.uid,
            driftCase: "56",
            why: "it binds a role to this workload's ServiceAccount",
            culprit: record.culprit,
            seenMs: record.seenMs,
          },
        ],
  );
}

/** Pods that carry the workload's label without being what its ReplicaSets make: adopted, copied or changed ones (DRIFT 21, 24, 26). */
function impostors(workload: WorkloadRecord, deps: Deps): readonly Offender[] {
  return deps.world.pods.byIndex("workload", workload.key).flatMap((key): Offender[] => {
    const pod = deps.world.pods.get(key);
    if (pod === undefined || pod.deleting) return [];
    const why = impostorReason(pod, workload, deps);
    return why === undefined
      ? []
      : [{ resource: POD, key, uid: pod.uid, driftCase: "24", why, culprit: pod.culprit, seenMs: pod.seenMs }];
  });
}

function impostorReason(pod: PodRecord, workload: WorkloadRecord, deps: Deps): string | undefined {
  if (pod.owner === undefined) return "it bears this workload's label, and no ReplicaSet of it controls the pod";
  const owner = deps.world.replicaSets.get(keyOf({ namespace: workload.ref.namespace, name: pod.owner.name }));
  // A ReplicaSet that is not seen yet may be a moment younger than its pod.
  if (owner === undefined || owner.uid !== pod.owner.uid) return undefined;
  const deploymentUid = deps.world.childrenOf(DEPLOYMENT).uid(workload.key);
  if (deploymentUid !== undefined && owner.ownerUid !== undefined && owner.ownerUid !== deploymentUid) return undefined;
  return owner.specDigest === pod.specDigest
    ? undefined
    : "it bears this workload's label, and runs something else than its ReplicaSet's template";
}
