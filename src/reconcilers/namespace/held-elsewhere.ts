/**
 * Namespaces that other replicas work on and that are not sealed: what is in the way there is looked up, for the SecurityBaseline's status
 * tells of all of them. Reads only.
 */
import { mapChanges, type Outcome, type ReconcileContext, type Source, settled, waiting } from "kopf-ts";
import { ENROLMENT_LABEL } from "../../crds/group.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { Deps } from "../deps.ts";
import type { EnrolmentBlockers } from "./enrolment-blockers.ts";
import { takeInventory } from "./inventory.ts";
import { notedLeave } from "./namespace-metadata.ts";
import { INVENTORY_EVERY_MS } from "./reconciler.ts";

/** `isMine` says whether this replica works on a namespace: its own pass keeps that. */
export function createHeldElsewhere(
  deps: Deps,
  blockers: EnrolmentBlockers,
  isMine: (namespace: string) => boolean,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key: namespace, signal }) => {
    const { state } = deps;
    const enrolment = state.enrolmentOf(namespace);
    const isOpen = state.isEnrolled(namespace) && enrolment !== undefined && enrolment !== "Sealed";
    if (isMine(namespace)) return isOpen ? waiting("OwnNamespace", INVENTORY_EVERY_MS) : settled();
    if (!isOpen) {
      blockers.set(namespace, undefined);
      return settled();
    }
    const foreign = await takeInventory(namespace, deps, signal);
    if (!isMine(namespace))
      blockers.set(namespace, {
        state: enrolment,
        foreign,
        leavesMs: notedLeave(namespace, foreign, state),
      });
    return waiting("NotSealed", INVENTORY_EVERY_MS);
  };
}

export const heldElsewhereSources = (state: ClusterState): readonly Source[] => [
  mapChanges(state.namespaces, ({ key, old, new: now }) =>
    old?.marks[ENROLMENT_LABEL] === now?.marks[ENROLMENT_LABEL] ? [] : [key],
  ),
];
