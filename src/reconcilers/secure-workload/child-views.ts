/** The children of one workload as the plan looks at them, and the targets by which a plan is applied. Reads the caches only. */
import { keyOf } from "kopf-ts";
import { asksForImmutableChange, CHILD_KINDS, type ChildKind, CONTROLLER_KINDS } from "../../expand/child-kinds.ts";
import { handoverDeferral } from "../../foreign/deferral.ts";
import { actionKey } from "../../plan/action.ts";
import type { Desired } from "../../plan/desired.ts";
import type { ChildView, Standing } from "../../plan/plan-changes.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { DesiredOf } from "../../state/desired-state.ts";
import type { AnyChildRecord, ChildRecord } from "../../state/records/child.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { endsBeforeSuccessor, waitsForPredecessor } from "../../state/type-change.ts";
import { isOursToRemove } from "../apply/children.ts";
import { adoptionAdvice } from "../apply/name-conflict.ts";

const PREDECESSOR_MS = 1_000;

/** Every kind that may be acted on now. `missingSinceMs` says since when a child is gone that was there. */
export function dueChildren(
  workload: WorkloadRecord,
  state: ClusterState,
  missingSinceMs: (kind: ChildKind) => number | undefined,
): readonly ChildView[] {
  const desiredOf = state.desiredOfEach(workload);
  return state.serviceNames
    .kindsOf(workload)
    .filter((kind) => isDue(workload, kind, desiredOf, state))
    .map((kind) => viewOf(workload, kind, { desired: desiredOf(kind), missingSinceMs: missingSinceMs(kind) }, state));
}

function isDue(workload: WorkloadRecord, kind: ChildKind, desiredOf: DesiredOf, state: ClusterState): boolean {
  if (state.isWithheld(workload, kind)) return false;
  if (kind.optional === true && !state.isServed(kind.resource)) return false;
  if (kind.role !== "controller") return true;
  if (state.isHeldRun(workload)) return false;
  if (desiredOf(kind) !== undefined) return !waitsForPredecessor(workload, kind, state);
  return mayEnd(workload, state);
}

/** What ran a workload of another type goes when its successor stands, or before it where both would write one claim. */
function mayEnd(workload: WorkloadRecord, state: ClusterState): boolean {
  const spec = state.granted.specs.of(workload);
  return state.isRolledOut(workload) || (spec !== undefined && endsBeforeSuccessor(spec));
}

/** How soon to look again for the end of what ran a workload of another type: pods that are gone wake nobody. */
export function predecessorRetryMs(workload: WorkloadRecord, state: ClusterState): number | undefined {
  const desiredOf = state.desiredOfEach(workload);
  const waits = CONTROLLER_KINDS.some(
    (kind) => desiredOf(kind) !== undefined && waitsForPredecessor(workload, kind, state),
  );
  return waits ? PREDECESSOR_MS : undefined;
}

/** Whether something of the workload's own name runs its pods. */
export const hasController = ({ ref: { namespace, name } }: WorkloadRecord, state: ClusterState): boolean =>
  CONTROLLER_KINDS.some(
    ({ resource, nameFor }) => state.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) })) !== undefined,
  );

function viewOf(
  workload: WorkloadRecord,
  kind: ChildKind,
  { desired, missingSinceMs }: { readonly desired: Desired | undefined; readonly missingSinceMs: number | undefined },
  state: ClusterState,
): ChildView {
  const { resource, role, leansOn } = kind;
  const name = { namespace: workload.ref.namespace, name: kind.nameFor(workload.ref.name) };
  const found = state.childrenOf(resource).get(keyOf(name));
  const record = found?.type === "child" ? found : undefined;
  const isImmutable = record?.deviation !== undefined && asksForImmutableChange(resource, record.deviation.differences);
  return {
    resource,
    name,
    role,
    closesIn: kind.closesIn === true,
    driftCases: kind.driftCases,
    leansOn: leansOn === undefined ? undefined : leansOnKey(leansOn, workload),
    isWanted: desired !== undefined,
    isOurs: isOursToRemove(record),
    deferral: handoverDeferral(kind, record, workload, state),
    isImmutable: isImmutable || record?.isMadeAnew === true,
    missingSinceMs,
    nameConflict:
      record?.comparison === "nameConflict"
        ? adoptionAdvice({ resource, name, workload: workload.ref.name, isImmutable })
        : undefined,
    ...compared(found, desired),
  };
}

/** How what stands under a child's name compares with what is desired. */
export function compared(
  found: AnyChildRecord | undefined,
  desired: Desired | undefined,
): Pick<ChildView, "standing" | "uid" | "isCurrent" | "differences" | "changedBy" | "seenMs"> {
  const record = found?.type === "child" ? found : undefined;
  return {
    standing: standingOf(found !== undefined, record),
    uid: record?.uid,
    isCurrent: record?.conformed !== undefined && record.conformed === desired?.digest,
    differences: record?.deviation?.differences ?? [],
    changedBy: record?.deviation?.changedBy,
    seenMs: record?.deviation?.seenMs,
  };
}

function standingOf(isThere: boolean, record: ChildRecord | undefined): Standing {
  if (!isThere) return "absent";
  if (record === undefined) return "notCompared";
  const isOff = record.comparison === "stale" || record.comparison === "drifted";
  return isOff && record.deviation === undefined ? "notCompared" : record.comparison;
}

function leansOnKey(resource: ChildKind["resource"], { ref: { namespace, name } }: WorkloadRecord): string | undefined {
  const kind = CHILD_KINDS.find((other) => other.resource === resource);
  return kind === undefined ? undefined : actionKey({ resource, name: { namespace, name: kind.nameFor(name) } });
}
