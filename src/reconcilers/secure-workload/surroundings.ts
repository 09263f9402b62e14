/** What a pass does beside the children: foreign objects, pods that are to end. Reads the caches, and controllers whose pods nothing explains. */
import { type Client, keyOf, nameOf } from "kopf-ts";
import { CONTROLLER_KINDS } from "../../expand/child-kinds.ts";
import { deferralOf } from "../../foreign/deferral.ts";
import type { ForeignObject } from "../../foreign/foreign-object.ts";
import { detectForeign } from "../../foreign/index.ts";
import { podOwnerOf } from "../../foreign/pod-owner.ts";
import { JOB, POD, REPLICA_SET, SERVICE } from "../../kubernetes/kinds.ts";
import type { Owner } from "../../kubernetes/metadata.ts";
import { type Action, actionKey, type Deferred } from "../../plan/action.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { nextUnmounted } from "../../state/unmounted-claims.ts";
import type { Deps } from "../deps.ts";
import { enteredPod } from "./entered-pods.ts";
import type { ExceptionEntry } from "./excepted.ts";
import { isStuck } from "./stuck-pods.ts";

type DetectDeps = Pick<Deps, "state" | "client" | "rewrites" | "clock">;

export interface Detected {
  readonly due: readonly Action[];
  readonly deferred: readonly Deferred[];
}

/** Everything foreign that acts on this workload, each as a deletion of its own: due now, or deferred. */
export async function detect(workload: WorkloadRecord, deps: DetectDeps, signal: AbortSignal): Promise<Detected> {
  const { state, clock } = deps;
  state.ledger.begin(workload, clock.monotonicMs());
  let found = foreignObjects(workload, state);
  let isRead = true;
  if (found.some(({ isUnexplained }) => isUnexplained === true)) {
    isRead = await refetchControllers(workload, deps, signal);
    found = foreignObjects(workload, state);
  }
  // A webhook that changes the controller changes it on every write: ending what comes of that would leave nothing running.
  const isRewritten = CONTROLLER_KINDS.some(({ resource, nameFor }) =>
    deps.rewrites.stands(
      actionKey({ resource, name: { namespace: workload.ref.namespace, name: nameFor(workload.ref.name) } }),
    ),
  );
  return sorted(
    // What a look at the controller may explain waits until that look succeeds; nothing else does.
    found.filter(({ isUnexplained }) => isUnexplained !== true || (isRead && !isRewritten)),
    workload,
    state,
  );
}

function sorted(found: readonly ForeignObject[], workload: WorkloadRecord, state: ClusterState): Detected {
  const judged = found.map((foreign) => ({
    action: foreignAction(foreign, workload, state),
    because: deferralOf(foreign, workload, state),
  }));
  return {
    due: judged.flatMap(({ action, because }) => (because === undefined ? [action] : [])),
    deferred: judged.flatMap(({ action, because }) => (because === undefined ? [] : [{ action, because }])),
  };
}

const foreignObjects = (workload: WorkloadRecord, state: ClusterState): readonly ForeignObject[] =>
  detectForeign(workload, state).filter((foreign) => !isInPlaceOfChild(foreign, workload, state));

/** What stands under a child's name is compared as that child, though it came into view before the workload did. */
function isInPlaceOfChild({ resource, key }: ForeignObject, workload: WorkloadRecord, state: ClusterState): boolean {
  const { namespace, name } = nameOf(key);
  if (namespace !== workload.ref.namespace) return false;
  const child = state.serviceNames.childNamed(resource, { namespace, name });
  if (child?.workload !== workload.ref.name) return false;
  if (resource === SERVICE && state.serviceNames.withheldFrom(workload).includes(name)) return true;
  return state.isWithheld(workload, child.kind) || state.desired(workload, child.kind) !== undefined;
}

/**
 * The caches of a controller and of what it made are not in step: a template may come into view before its Deployment. Resolves to whether every
 * controller could be read.
 */
async function refetchControllers(
  { key }: WorkloadRecord,
  { state, client }: { readonly state: ClusterState; readonly client: Client },
  signal: AbortSignal,
): Promise<boolean> {
  const caches = CONTROLLER_KINDS.map(({ resource }) => state.childrenOf(resource)).filter((cache) => cache.get(key));
  const reads = caches.map(async (cache) => {
    const live = await client.get(cache.resource, nameOf(key), { signal });
    if (live !== undefined) cache.observe(live);
  });
  const ended = await Promise.allSettled(reads);
  signal.throwIfAborted();
  return ended.every(({ status }) => status === "fulfilled");
}

function foreignAction(foreign: ForeignObject, workload: WorkloadRecord, state: ClusterState): Action {
  const { resource, key, uid, why, driftCase, changedBy, seenMs } = foreign;
  const pod = resource === POD ? state.pods.get(key) : undefined;
  return {
    verb: pod !== undefined && isHealthyPodOfOurs(pod, workload, state) ? "evict" : "delete",
    subject: "foreign",
    resource,
    name: nameOf(key),
    uid,
    why,
    driftCase,
    fields: [],
    changedBy,
    seenMs,
    cause: causeOf(foreign, pod, workload, state),
    needs: [],
  };
}

/** What breaks a rule of the pod baseline goes whatever it takes down with it. */
function isHealthyPodOfOurs(pod: PodRecord, workload: WorkloadRecord, state: ClusterState): boolean {
  if (pod.owner === undefined || pod.breaks.length > 0 || pod.workload !== workload.ref.name) return false;
  return podOwnerOf(pod.owner, workload, state).type === "ours";
}

/**
 * Whom a deletion is against: what made the pod, unless that is the workload itself, else who wrote the object. A new name for each object makes no
 * new cause.
 */
function causeOf(
  { resource, changedBy }: ForeignObject,
  pod: PodRecord | undefined,
  workload: WorkloadRecord,
  state: ClusterState,
): string | undefined {
  // Revisions that our own controller made of a tampered template: as many as there were corrections, which are bounded.
  if (resource === REPLICA_SET) return undefined;
  const isOwn = pod?.owner !== undefined && podOwnerOf(pod.owner, workload, state).type === "ours";
  const owner = pod?.owner === undefined || isOwn ? undefined : topOwner(pod.owner, workload.ref.namespace, state);
  if (owner !== undefined) return `${owner.kind}/${owner.name}`;
  return `${resource.kind} by ${changedBy?.manager.slice(0, 64) ?? "an unknown field manager"}`;
}

function topOwner(owner: Owner, namespace: string, state: ClusterState): Owner {
  const key = keyOf({ namespace, name: owner.name });
  if (owner.kind === REPLICA_SET.kind) return state.replicaSets.get(key)?.owner ?? owner;
  const job = owner.kind === JOB.kind ? state.childrenOf(JOB).get(key) : undefined;
  return job !== undefined && "owner" in job && typeof job.owner === "object" ? job.owner : owner;
}

/** Pods of ours that are to end for a reason of ours: stuck on a previous spec, or open to somebody who may have left something. */
export function podsToEnd(
  workload: WorkloadRecord,
  entries: readonly ExceptionEntry[],
  state: ClusterState,
): { readonly actions: readonly Action[]; readonly retryAfterMs: number | undefined } {
  const health = state.healthOf(workload);
  const pods = state.pods.byIndex("workload", workload.key).flatMap((key) => {
    const pod = state.pods.get(key);
    return pod === undefined ? [] : [{ key, pod }];
  });
  const stuck = health === undefined ? [] : pods.filter(({ pod }) => isStuck(pod, health));
  const entered = enteredPod(workload, entries, pods, state);
  const unmounted = nextUnmounted(workload, pods, state);
  const of = (verb: Action["verb"], key: string, uid: string, why: string): Action => ({
    verb,
    subject: "pod",
    resource: POD,
    name: nameOf(key),
    uid,
    why,
    fields: [],
    needs: [],
  });
  return {
    actions: [
      ...stuck.map(({ key, pod }) => of("delete", key, pod.uid, "it belongs to a previous spec and does not run")),
      ...(unmounted === undefined
        ? []
        : [of("evict", unmounted.key, unmounted.pod.uid, "it does not mount a claim that was added")]),
      ...(entered?.oldest === undefined
        ? []
        : [of("evict", entered.oldest.key, entered.oldest.pod.uid, "break-glass into it is over")]),
    ],
    retryAfterMs: entered?.retryAfterMs,
  };
}
