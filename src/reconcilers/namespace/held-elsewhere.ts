/**
 * Namespaces that other replicas work on and that are not sealed: what is in the way there is looked up, for the SecurityBaseline's status
 * tells of all of them. Reads only.
 */
import { ENROLMENT_LABEL } from "../../crds/group.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { from, type Source } from "../../kopf/operator.ts";
import { type Outcome, settled, waiting } from "../../kopf/outcome.ts";
import type { Deps } from "../deps.ts";
import type { World } from "../world.ts";
import type { HeldBack } from "./held-back.ts";
import { takeInventory } from "./inventory.ts";
import { INVENTORY_EVERY_MS } from "./reconciler.ts";

/** `isMine` says whether this replica works on a namespace: its own pass keeps that. */
export function createHeldElsewhere(
  deps: Deps,
  heldBack: HeldBack,
  isMine: (namespace: string) => boolean,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key: namespace, signal }) => {
    const { world } = deps;
    const state = world.enrolmentOf(namespace);
    const isOpen = world.isEnrolled(namespace) && state !== undefined && state !== "Sealed";
    if (isMine(namespace)) return isOpen ? waiting("OwnNamespace", INVENTORY_EVERY_MS) : settled();
    if (!isOpen) {
      heldBack.set(namespace, undefined);
      return settled();
    }
    const foreign = await takeInventory(namespace, deps, signal);
    if (!isMine(namespace)) heldBack.set(namespace, { state, foreign });
    return waiting("NotSealed", INVENTORY_EVERY_MS);
  };
}

export const heldElsewhereSources = (world: World): readonly Source[] => [
  from(world.namespaces, ({ key, old, new: now }) =>
    old?.marks[ENROLMENT_LABEL] === now?.marks[ENROLMENT_LABEL] ? [] : [key],
  ),
];
