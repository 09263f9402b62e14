/** Objects that are not ours and open what we closed: found by what they select, and deleted. */
import { nameOf } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import type { Correction } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { ForeignPolicyRecord, WorkloadRecord } from "../records.ts";
import type { AnyChildRecord } from "../world.ts";
import { type ChildResult, corrected, correctionKey, labelOf } from "./corrected.ts";
import { CONTROLLER_KINDS, childNamed } from "./expand.ts";
import { foreignBindings } from "./foreign-bindings.ts";
import { foreignBudgets } from "./foreign-budgets.ts";
import { foreignCniPolicies } from "./foreign-cni-policies.ts";
import { foreignMakers } from "./foreign-makers.ts";
import { foreignRoutes } from "./foreign-routes.ts";
import { foreignScalers } from "./foreign-scalers.ts";
import { foreignServices } from "./foreign-services.ts";
import { foreignSlices } from "./foreign-slices.ts";
import { foreignTemplates } from "./foreign-templates.ts";
import { offendingPods } from "./live-pods.ts";
import { posers } from "./posers.ts";
import { NETWORK_POLICY, POD } from "./resources/kinds.ts";
import { couldSelect, reachesPodsOf } from "./selected.ts";

export interface Offender {
  readonly resource: Resource;
  readonly key: string;
  readonly uid: string;
  readonly driftCase: string;
  readonly why: string;
  readonly culprit: Correction["culprit"];
  readonly seenMs: number;
  /** Offends only where what its controller's template was is known to the last: that is read anew first. */
  readonly isUnexplained?: boolean;
}

/** Deletes every offender against this workload; each is a correction of its own. */
export async function removeOffenders(
  workload: WorkloadRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly ChildResult[]> {
  deps.world.ledger.begin(workload.ref.uid, deps.clock.monotonicMs());
  let offenders = findOffenders(workload, deps);
  if (offenders.some(({ isUnexplained }) => isUnexplained === true)) {
    await lookAtControllers(workload, deps, signal);
    offenders = findOffenders(workload, deps);
  }
  // A webhook that rewrites the controller rewrites it every time: ending what comes of that would leave nothing running.
  const due = isRewritten(workload, deps) ? offenders.filter(({ isUnexplained }) => isUnexplained !== true) : offenders;
  return Promise.all(due.map((offender) => removeOffender(offender, deps, signal)));
}

const isRewritten = ({ ref: { namespace, name } }: WorkloadRecord, { rewrites }: Deps): boolean =>
  CONTROLLER_KINDS.some(({ resource, nameFor }) =>
    rewrites.stands(correctionKey({ resource, name: { namespace, name: nameFor(name) } })),
  );

const findOffenders = (workload: WorkloadRecord, deps: Deps): readonly Offender[] =>
  FINDERS.flatMap((find) => find(workload, deps)).filter((offender) => !isInPlaceOfChild(offender, workload, deps));

/** What stands under a child's name is judged as that child, though it came into view before the workload did. */
function isInPlaceOfChild({ resource, key }: Offender, workload: WorkloadRecord, { world }: Deps): boolean {
  const { namespace, name } = nameOf(key);
  const child = namespace === workload.ref.namespace ? childNamed(resource, name) : undefined;
  if (child?.workload !== workload.ref.name) return false;
  return world.isWithheld(workload, child.kind) || world.desired(workload, child.kind) !== undefined;
}

/** The caches of a controller and of what it made are not in step: a template may come into view before its Deployment. */
async function lookAtControllers({ key }: WorkloadRecord, { world, client }: Deps, signal: AbortSignal): Promise<void> {
  const caches = CONTROLLER_KINDS.map(({ resource }) => world.childrenOf(resource)).filter((cache) => cache.get(key));
  await Promise.all(
    caches.map(async (cache) => {
      const live = await client.get(cache.resource, nameOf(key), { signal });
      if (live !== undefined) cache.observe(live);
    }),
  );
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
  deps.world.cacheOf(resource)?.observeDeleted(name, uid);
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
  return allows && couldSelect(podSelector, workload);
}

function foreignPolicies(workload: WorkloadRecord, deps: Deps): readonly Offender[] {
  return recordsOf(NETWORK_POLICY, deps, "foreignIn", workload.ref.namespace).flatMap(([key, record]): Offender[] => {
    if (record.type !== "foreign-policy") return [];
    if (!record.allows || !reachesPodsOf(record.podSelector, workload, deps.world)) return [];
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

const FINDERS: readonly ((workload: WorkloadRecord, deps: Deps) => readonly Offender[])[] = [
  foreignPolicies,
  foreignCniPolicies,
  foreignBindings,
  foreignTemplates,
  foreignMakers,
  offendingPods,
  posers,
  foreignScalers,
  foreignRoutes,
  foreignServices,
  foreignSlices,
  foreignBudgets,
];
