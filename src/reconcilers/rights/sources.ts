/** Which changes of roles and bindings wake which workloads, and the SecurityBaseline. */
import { isDeepStrictEqual } from "node:util";
import type { CacheChange } from "../../kopf/cache.ts";
import { from, type Mapped, type Source } from "../../kopf/operator.ts";
import { CLUSTER_ROLE, ROLE } from "../secure-workload/resources/kinds.ts";
import type { World } from "../world.ts";
import type { RoleRecord } from "./records.ts";
import { accountIn, membershipOf } from "./subjects.ts";
import { bindingIn } from "./watch.ts";

/** The workloads whose accounts a change gives rights to, or takes them from. */
export function rightsSources(world: World): readonly Source[] {
  return changes(
    world,
    (subjects, namespace) => holders(subjects, world, namespace),
    (role) =>
      holders(
        [...world.rights.to(role)].flatMap(({ subjects }) => subjects),
        world,
      ),
  );
}

/** For the inventory any change is one. */
export function inventorySources(world: World, mapped: Mapped): readonly Source[] {
  return changes(
    world,
    () => [mapped],
    () => [mapped],
  );
}

/** What says something else than before: of a binding its subjects, those before too, and of a role its key. */
function changes(
  { rights }: World,
  ofBinding: (subjects: readonly string[], namespace: string | undefined) => readonly Mapped[],
  ofRole: (role: string) => readonly Mapped[],
): readonly Source[] {
  const bindings = ({ old, new: now, name }: CacheChange<object>): readonly Mapped[] => {
    const [before, after] = [bindingIn(old), bindingIn(now)];
    const isSame = before?.role === after?.role && isDeepStrictEqual(before?.subjects, after?.subjects);
    return isSame ? [] : ofBinding([...(before?.subjects ?? []), ...(after?.subjects ?? [])], name.namespace);
  };
  return [
    from(rights.clusterBindings, bindings),
    from(rights.bindings, bindings),
    from(rights.clusterRoleCache, ({ key, old, new: now }) =>
      isSameRole(old, now) ? [] : ofRole(`${CLUSTER_ROLE.kind}/${key}`),
    ),
    from(rights.roles, ({ key, old, new: now }) =>
      isSameRole(roleIn(old), roleIn(now)) ? [] : ofRole(`${ROLE.kind}/${key}`),
    ),
  ];
}

const roleIn = (record: object | undefined): RoleRecord | undefined =>
  (record as { readonly role?: RoleRecord } | undefined)?.role;

const isSameRole = (old: RoleRecord | undefined, now: RoleRecord | undefined): boolean =>
  isDeepStrictEqual(old?.rules, now?.rules) && isDeepStrictEqual(old?.aggregates, now?.aggregates);

/** What concerns everybody gives way to what concerns one. */
const EVERYBODY_PRIORITY = -50;

/** The workloads whose accounts the subjects are or hold. Those of the binding's own `namespace` come first: they may delete it. */
function holders(subjects: readonly string[], world: World, namespace?: string): readonly Mapped[] {
  return subjects.flatMap((subject): readonly Mapped[] => {
    const account = accountIn(subject);
    if (account !== undefined) return world.workloads.get(account) === undefined ? [] : [account];
    const members = membershipOf(subject);
    if (members === undefined) return [];
    if (members !== "everybody") return world.workloads.byIndex("namespace", members.namespace);
    return [...world.workloads.entries()].map(([key, { ref }]) =>
      ref.namespace === namespace ? key : { key, priority: EVERYBODY_PRIORITY },
    );
  });
}
