/** Which changes of roles and bindings wake which workloads, and the SecurityBaseline. */

import { isDeepStrictEqual } from "node:util";
import { type CacheChange, type Mapped, mapChanges, type Source } from "kopf-ts";
import { CLUSTER_ROLE, ROLE } from "../../kubernetes/kinds.ts";
import type { RoleRecord } from "../../rbac/records.ts";
import { accountIn, membershipOf } from "../../rbac/subjects.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { bindingIn, type ClusterBindingRecord, roleIn } from "../../state/rbac-bindings.ts";
import type { AnyChildRecord } from "../../state/records/child.ts";

/** The workloads whose accounts a change gives rights to, or takes them from. */
export function rightsSources(state: ClusterState): readonly Source[] {
  return changes(
    state,
    (subjects, namespace) => holders(subjects, state, namespace),
    (role) =>
      holders(
        [...state.rights.to(role)].flatMap(({ subjects }) => subjects),
        state,
      ),
  );
}

/** For the inventory any change is one. */
export function inventorySources(state: ClusterState, mapped: Mapped): readonly Source[] {
  return changes(
    state,
    () => [mapped],
    () => [mapped],
  );
}

/** What says something else than before: of a binding its subjects, those before too, and of a role its key. */
function changes(
  { rights }: ClusterState,
  ofBinding: (subjects: readonly string[], namespace: string | undefined) => readonly Mapped[],
  ofRole: (role: string) => readonly Mapped[],
): readonly Source[] {
  const bindings = ({ old, new: now, name }: CacheChange<AnyChildRecord | ClusterBindingRecord>): readonly Mapped[] => {
    const [before, after] = [bindingIn(old), bindingIn(now)];
    const isSame = before?.role === after?.role && isDeepStrictEqual(before?.subjects, after?.subjects);
    return isSame ? [] : ofBinding([...(before?.subjects ?? []), ...(after?.subjects ?? [])], name.namespace);
  };
  return [
    mapChanges(rights.clusterBindings, bindings),
    mapChanges(rights.bindings, bindings),
    mapChanges(rights.clusterRoleCache, ({ key, old, new: now }) =>
      isSameRole(old, now) ? [] : ofRole(`${CLUSTER_ROLE.kind}/${key}`),
    ),
    mapChanges(rights.roles, ({ key, old, new: now }) =>
      isSameRole(roleIn(old), roleIn(now)) ? [] : ofRole(`${ROLE.kind}/${key}`),
    ),
  ];
}

const isSameRole = (old: RoleRecord | undefined, now: RoleRecord | undefined): boolean =>
  isDeepStrictEqual(old?.rules, now?.rules) && isDeepStrictEqual(old?.aggregates, now?.aggregates);

/** What concerns everybody gives way to what concerns one. */
const EVERYBODY_PRIORITY = -50;

/** The workloads whose accounts the subjects are or hold. Those of the binding's own `namespace` come first: they may delete it. */
function holders(subjects: readonly string[], state: ClusterState, namespace?: string): readonly Mapped[] {
  return subjects.flatMap((subject): readonly Mapped[] => {
    const account = accountIn(subject);
    if (account !== undefined) return state.workloads.get(account) === undefined ? [] : [account];
    const members = membershipOf(subject);
    if (members === undefined) return [];
    if (members !== "everybody") return state.workloads.byIndex("namespace", members.namespace);
    return [...state.workloads.entries()].map(([key, { ref }]) =>
      ref.namespace === namespace ? key : { key, priority: EVERYBODY_PRIORITY },
    );
  });
}
