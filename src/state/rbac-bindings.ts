/** Roles and bindings of the whole cluster, found by whom they name. Reads only. */
import { isDeepStrictEqual } from "node:util";
import { type Cache, type CacheChange, type CacheOptions, type Clock, type KubeObject, nameOf } from "kopf-ts";
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE } from "../kubernetes/kinds.ts";
import type { Bound, Rbac } from "../rbac/excess.ts";
import { type BindingRecord, type RoleRecord, shapeBinding, shapeRole } from "../rbac/records.ts";
import type { Rule } from "../rbac/rule.ts";
import type { AnyChildRecord } from "./records/child.ts";
import { isForeign } from "./records/foreign.ts";

export interface ClusterBindingRecord {
  readonly uid: string;
  readonly binding: BindingRecord;
}

/** The binding that a record holds: of a cache of children most hold none. */
export function bindingIn(record: AnyChildRecord | ClusterBindingRecord | undefined): BindingRecord | undefined {
  if (record === undefined) return undefined;
  if (!("type" in record)) return record.binding;
  if (isForeign(record, "role-binding")) return record.facts.binding;
  return record.type === "child" ? record.binding : undefined;
}

/** The role that a record of a Role holds. */
export function roleIn(record: AnyChildRecord | undefined): RoleRecord | undefined {
  if (isForeign(record, "role")) return record.facts.role;
  return record?.type === "child" ? record.role : undefined;
}

/** Of a cache whose records may hold a binding. */
export const BINDING_INDICES = {
  subject: (record: AnyChildRecord | ClusterBindingRecord): readonly string[] => bindingIn(record)?.subjects ?? [],
  role: (record: AnyChildRecord | ClusterBindingRecord): readonly string[] => {
    const binding = bindingIn(record);
    return binding === undefined ? [] : [binding.role];
  },
};

export interface RightsWatchOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  /** Roles and RoleBindings of all namespaces. */
  readonly roles: Cache<AnyChildRecord>;
  readonly bindings: Cache<AnyChildRecord>;
}

export class RightsWatch implements Rbac {
  readonly clusterRoleCache: Cache<RoleRecord>;
  readonly clusterBindings: Cache<ClusterBindingRecord>;
  readonly roles: Cache<AnyChildRecord>;
  readonly bindings: Cache<AnyChildRecord>;

  constructor({ cache, clock, fieldManager, roles, bindings }: RightsWatchOptions) {
    this.roles = roles;
    this.bindings = bindings;
    this.clusterRoleCache = cache({ resource: CLUSTER_ROLE, shape: (object) => shapeRole(object, fieldManager) });
    this.clusterBindings = cache({
      resource: CLUSTER_ROLE_BINDING,
      shape: (object: KubeObject) => ({
        uid: object.metadata.uid ?? "",
        binding: shapeBinding(object, fieldManager, clock.monotonicMs()),
      }),
      indices: BINDING_INDICES,
    });
  }

  *naming(subject: string): Iterable<Bound> {
    yield* this.#found("subject", subject);
  }

  /** The bindings to a role, by its key. */
  *to(role: string): Iterable<Bound> {
    yield* this.#found("role", role);
  }

  *all(): Iterable<Bound> {
    for (const [key] of this.clusterBindings.entries()) yield* this.#inCluster(key);
    for (const [key] of this.bindings.entries()) yield* this.#inNamespace(key);
  }

  role(key: string): RoleRecord | undefined {
    const slash = key.indexOf("/");
    const name = key.slice(slash + 1);
    if (key.slice(0, slash) === CLUSTER_ROLE.kind) return this.clusterRoleCache.get(name);
    return roleIn(this.roles.get(name));
  }

  /** What a subject holds in a namespace by bindings that name it; what its groups hold does not count. */
  heldBy(subject: string, namespace: string): readonly Rule[] {
    return [...this.naming(subject)]
      .filter(({ kind, key }) => kind === "ClusterRoleBinding" || nameOf(key).namespace === namespace)
      .flatMap(({ role }) => this.role(role)?.rules ?? []);
  }

  /** What it holds in every namespace by bindings that name it. */
  heldEverywhere(subject: string): readonly Rule[] {
    return [...this.naming(subject)]
      .filter(({ kind }) => kind === "ClusterRoleBinding")
      .flatMap(({ role }) => this.role(role)?.rules ?? []);
  }

  /** Calls `listener` after each change of what {@link heldBy} says of the subject. */
  onChangeOf(subject: string, listener: () => void): void {
    const ofBinding = ({ old, new: now }: CacheChange<AnyChildRecord | ClusterBindingRecord>): void => {
      const [before, after] = [bindingIn(old), bindingIn(now)];
      const isNamed = [before, after].some((binding) => binding?.subjects.includes(subject));
      if (isNamed && !(before?.role === after?.role && isDeepStrictEqual(before?.subjects, after?.subjects)))
        listener();
    };
    const ofRole = (role: string, old: RoleRecord | undefined, now: RoleRecord | undefined): void => {
      if (isDeepStrictEqual(old?.rules, now?.rules)) return;
      if ([...this.to(role)].some(({ subjects }) => subjects.includes(subject))) listener();
    };
    this.clusterBindings.onChange(ofBinding);
    this.bindings.onChange(ofBinding);
    this.clusterRoleCache.onChange(({ key, old, new: now }) => ofRole(`${CLUSTER_ROLE.kind}/${key}`, old, now));
    this.roles.onChange(({ key, old, new: now }) => ofRole(`${ROLE.kind}/${key}`, roleIn(old), roleIn(now)));
  }

  *clusterRoles(): Iterable<RoleRecord> {
    for (const [, record] of this.clusterRoleCache.entries()) yield record;
  }

  *#found(index: keyof typeof BINDING_INDICES, value: string): Iterable<Bound> {
    for (const key of this.clusterBindings.byIndex(index, value)) yield* this.#inCluster(key);
    for (const key of this.bindings.byIndex(index, value)) yield* this.#inNamespace(key);
  }

  *#inCluster(key: string): Iterable<Bound> {
    const record = this.clusterBindings.get(key);
    if (record !== undefined)
      yield { ...record.binding, kind: "ClusterRoleBinding", key, uid: record.uid, isChild: false };
  }

  *#inNamespace(key: string): Iterable<Bound> {
    const record = this.bindings.get(key);
    const binding = bindingIn(record);
    if (record === undefined || binding === undefined) return;
    yield { ...binding, kind: "RoleBinding", key, uid: record.uid, isChild: record.type === "child" };
  }
}
