/** Objects that are not ours and open what we closed: found by what they select, and deleted. */
import { keyOf, nameOf } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { CONTROLLER_LABELS } from "../controller-labels.ts";
import type { Correction } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { PodRecord, TemplateRecord } from "../pod-record.ts";
import type { ForeignPolicyRecord, WorkloadRecord } from "../records.ts";
import { couldMatch } from "../selectors.ts";
import type { AnyChildRecord, World } from "../world.ts";
import { type ChildResult, corrected, correctionKey, labelOf } from "./corrected.ts";
import { foreignBindings } from "./foreign-bindings.ts";
import { foreignCniPolicies } from "./foreign-cni-policies.ts";
import { foreignRoutes } from "./foreign-routes.ts";
import { foreignScalers } from "./foreign-scalers.ts";
import { childLabels } from "./resources/input.ts";
import { DAEMON_SET, JOB, NETWORK_POLICY, POD, REPLICA_SET, STATEFUL_SET } from "./resources/kinds.ts";

export interface Offender {
  readonly resource: Resource;
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
    ...foreignCniPolicies(workload, deps),
    ...foreignBindings(workload, deps),
    ...impostors(workload, deps),
    ...foreignScalers(workload, deps),
    ...foreignRoutes(workload, deps),
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
  deps.world.cacheOf(resource).observeDeleted(name, uid);
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

type Opening = Pick<ForeignPolicyRecord, "podSelector" | "allows">;

/** NetworkPolicies only ever add: one that allows something and could select a workload's pods opens them (DRIFT 40). */
export function opensPodsOf(workload: WorkloadRecord["ref"], { podSelector, allows }: Opening): boolean {
  return allows && couldMatch(podSelector, childLabels(workload), CONTROLLER_LABELS);
}

/** A label may have been put on a live pod first, for a policy to select it by. */
function opensLivePods({ key }: WorkloadRecord, { podSelector, allows }: Opening, { world }: Deps): boolean {
  if (!allows) return false;
  const pods = world.pods.byIndex("workload", key).flatMap((pod) => world.pods.get(pod) ?? []);
  return pods.some(({ labels }) => couldMatch(podSelector, labels));
}

function foreignPolicies(workload: WorkloadRecord, deps: Deps): readonly Offender[] {
  return recordsOf(NETWORK_POLICY, deps, "foreignIn", workload.ref.namespace).flatMap(([key, record]): Offender[] => {
    if (record.type !== "foreign-policy") return [];
    if (!opensPodsOf(workload.ref, record) && !opensLivePods(workload, record, deps)) return [];
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

function impostorReason(pod: PodRecord, workload: WorkloadRecord, { world }: Deps): string | undefined {
  if (pod.owner === undefined) return "it bears this workload's label, and nothing of it controls the pod";
  const { namespace } = workload.ref;
  const makers = templatesOf(pod.owner, namespace, world);
  if (makers === undefined)
    return `it bears this workload's label, and a ${pod.owner.kind} of somebody else controls it`;
  // What makes a pod may be seen a moment later than the pod.
  if (makers.length === 0 || makers.some(({ specDigest }) => specDigest === pod.specDigest)) return undefined;
  return `it bears this workload's label, and runs something else than its ${pod.owner.kind}'s template`;
}

type Owner = NonNullable<PodRecord["owner"]>;
type Template = Pick<TemplateRecord, "specDigest">;

/** The templates that an owner of pods has, now or before; undefined for an owner that makes no pods of ours. */
function templatesOf({ kind, name, uid }: Owner, namespace: string, world: World): readonly Template[] | undefined {
  const key = keyOf({ namespace, name });
  if (kind === REPLICA_SET.kind) return of(world.replicaSets.get(key), uid);
  if (kind === JOB.kind) {
    const job = world.childrenOf(JOB).get(key);
    if (job?.type === "run") return of(job, uid);
    return job?.type === "child" && job.uid === uid && job.template !== undefined ? [{ specDigest: job.template }] : [];
  }
  if (kind !== STATEFUL_SET.kind && kind !== DAEMON_SET.kind) return undefined;
  return world.revisions.byIndex("owner", uid).flatMap((revision) => world.revisions.get(revision) ?? []);
}

const of = (template: TemplateRecord | undefined, uid: string): readonly Template[] =>
  template !== undefined && template.uid === uid ? [template] : [];
