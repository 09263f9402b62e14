/** Roles and bindings of the whole cluster, found by whom they name. Reads only. */
import type { Cache, CacheOptions } from "../../kopf/cache.ts";
import type { Clock } from "../../kopf/clock.ts";
import type { KubeObject } from "../../kopf/object.ts";
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING } from "../secure-workload/resources/kinds.ts";
import type { AnyChildRecord } from "../world.ts";
import { type BindingRecord, type RoleRecord, shapeBinding, shapeRole } from "./records.ts";
import type { Bound, Rbac } from "./surplus.ts";

export interface ClusterBindingRecord {
  readonly uid: string;
  readonly binding: BindingRecord;
}

/** The binding that a record holds: of a cache of children most hold none. */
export const bindingIn = (record: object | undefined): BindingRecord | undefined =>
  (record as { readonly binding?: BindingRecord } | undefined)?.binding;

/** Of a cache whose records may hold a binding. */
export const BINDING_INDICES = {
  subject: (record: object): readonly string[] => bindingIn(record)?.subjects ?? [],
  role: (record: object): readonly string[] => {
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
    const record = this.roles.get(name);
    return record?.type === "child" || record?.type === "foreign-role" ? record.role : undefined;
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
    if (record?.type !== "child" && record?.type !== "foreign-binding") return;
    const { binding, uid, type } = record;
    if (binding !== undefined) yield { ...binding, kind: "RoleBinding", key, uid, isChild: type === "child" };
  }
}
