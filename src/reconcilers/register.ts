/** Puts the reconcilers on an operator: which changes wake which keys. */
import type { CacheChange } from "../kopf/cache.ts";
import { keyOf } from "../kopf/object.ts";
import { from, type Mapped, type Operator, type Source } from "../kopf/operator.ts";
import type { Resource } from "../kopf/resource.ts";
import { createMetrics } from "../observability/metrics.ts";
import { LearnedDefaults } from "../plan/learned-defaults.ts";
import type { Deps } from "./deps.ts";
import { createNamespaceReconciler, SecuredNamespaces } from "./namespace/reconciler.ts";
import type { WorkloadRecord } from "./records.ts";
import { Corrections } from "./secure-workload/corrections.ts";
import { childNamed } from "./secure-workload/expand.ts";
import { Losses } from "./secure-workload/losses.ts";
import { createWorkloadReconciler } from "./secure-workload/reconciler.ts";
import { NETWORK_POLICY } from "./secure-workload/resources/kinds.ts";
import { DEFAULT_DENY_NAME } from "./secure-workload/resources/network-policy.ts";
import { type AnyChildRecord, World } from "./world.ts";

export interface RegisterOptions {
  readonly podSecurityVersion: string;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  readonly concurrency: number;
}

export function registerReconcilers(operator: Operator, options: RegisterOptions): World {
  const learned = new LearnedDefaults();
  const { client, clock, logger, recorder, registry } = operator;
  const world = new World({
    ...options,
    cache: (cacheOptions) => operator.cache(cacheOptions),
    clock,
    fieldManager: client.fieldManager,
    learned,
  });
  const deps: Deps = {
    client,
    world,
    learned,
    corrections: new Corrections(clock),
    recorder,
    metrics: createMetrics(registry),
    clock,
    logger,
  };
  const losses = new Losses(clock);
  const secured = new SecuredNamespaces();
  noteLosses(world, losses, secured, deps);

  operator.reconcile("secureworkload", createWorkloadReconciler(deps, losses), {
    sources: workloadSources(world),
    concurrency: options.concurrency,
    keys: () => [...world.workloads.entries()].map(([key]) => key),
  });
  operator.reconcile("namespace", createNamespaceReconciler(deps, secured), {
    sources: namespaceSources(world),
    concurrency: 8,
    keys: () => governed(world),
  });
  return world;
}

const governed = (world: World): readonly string[] => [
  ...new Set([...world.workloads.entries()].map(([, { ref }]) => ref.namespace)),
];

/** Before anything is enqueued, so that a pass knows why a child is missing. */
function noteLosses(world: World, losses: Losses, secured: SecuredNamespaces, deps: Deps): void {
  for (const [resource, cache] of world.children) {
    cache.onChange((change) => {
      if (isDefaultDeny(resource, change.name.name)) {
        if (change.type === "deleted") secured.denyLost(change.name.namespace ?? "", deps.clock.monotonicMs());
        return;
      }
      const child = childNamed(resource, change.name.name);
      if (child !== undefined) losses.onChange(child.kind, keyOf({ ...change.name, name: child.workload }), change);
    });
  }
  world.workloads.onChange(({ type, old }) => {
    if (type !== "deleted" || old === undefined) return;
    world.forgetIdentity(old.ref.uid);
    losses.clear(old);
  });
}

const isDefaultDeny = (resource: Resource, name: string): boolean =>
  resource === NETWORK_POLICY && name === DEFAULT_DENY_NAME;

function workloadSources(world: World): readonly Source[] {
  const all = (): readonly Mapped[] => [...world.workloads.entries()].map(([key]) => ({ key, priority: -50 }));
  const children = [...world.children].map(([resource, cache]) =>
    from(cache, (change) => keysOfChild(resource, change, world)),
  );
  return [
    from(world.workloads, ({ key, old, new: now }) => (now !== undefined && isOwnStatusWrite(old, now) ? [] : [key])),
    ...children,
    from(world.pods, ({ new: pod, name }) =>
      pod?.workload === undefined || pod.deleting ? [] : [{ key: keyOf({ ...name, name: pod.workload }) }],
    ),
    from(world.namespaces, ({ key }) =>
      world.workloads.byIndex("namespace", key).filter((workload) => !hasChildren(world.workloads.get(workload))),
    ),
    from(world.dnsServices, all),
    from(world.apiEndpoints, all),
    from(world.apiServices, all),
    from(world.nodes, ({ old, new: now }) => (JSON.stringify(old) === JSON.stringify(now) ? [] : all())),
    {
      subscribe: (enqueue) =>
        void world.replicaSets.onChange(({ name, initial }) => wakeOwners(world, name, (key) => enqueue(key, initial))),
    },
  ];
}

/** A ReplicaSet that comes into view may be what a pod was waiting to be compared with. */
function wakeOwners(
  world: World,
  name: { readonly namespace?: string; readonly name: string },
  enqueue: (key: string) => void,
): void {
  const workload = name.name.slice(0, name.name.lastIndexOf("-"));
  const key = keyOf({ ...name, name: workload });
  if (world.workloads.get(key) !== undefined && world.pods.byIndex("workload", key).length > 0) enqueue(key);
}

const hasChildren = (workload: WorkloadRecord | undefined): boolean => (workload?.status.children ?? []).length > 0;

/** The echo of a status that this process wrote changes nothing. */
function isOwnStatusWrite(old: WorkloadRecord | undefined, now: WorkloadRecord): boolean {
  return (
    old !== undefined &&
    old.ref.uid === now.ref.uid &&
    old.generation === now.generation &&
    old.deleting === now.deleting &&
    JSON.stringify(old.ref.labels) === JSON.stringify(now.ref.labels)
  );
}

function keysOfChild(
  resource: Resource,
  { name, old, new: now }: CacheChange<AnyChildRecord>,
  world: World,
): readonly Mapped[] {
  const { namespace = "" } = name;
  if (isDefaultDeny(resource, name.name)) {
    return world.workloads.byIndex("namespace", namespace).filter((key) => !hasChildren(world.workloads.get(key)));
  }
  if (now?.type === "foreign-policy") return now.allows ? world.workloads.byIndex("namespace", namespace) : [];
  if (now?.type === "foreign-binding") return now.accounts.filter((key) => world.workloads.get(key) !== undefined);
  const child = childNamed(resource, name.name);
  if (child === undefined || isQuiet(old, now)) return [];
  const key = keyOf({ namespace, name: child.workload });
  return world.workloads.get(key) === undefined ? [] : [key];
}

/** A child that conforms, as it did before, with the same health, needs no pass. */
function isQuiet(old: AnyChildRecord | undefined, now: AnyChildRecord | undefined): boolean {
  if (old?.type !== "child" || now?.type !== "child") return false;
  return (
    now.verdict === "conforms" &&
    old.verdict === "conforms" &&
    old.uid === now.uid &&
    old.conformed === now.conformed &&
    JSON.stringify(old.health) === JSON.stringify(now.health)
  );
}

function namespaceSources(world: World): readonly Source[] {
  return [
    from(world.workloads, ({ type, name }) => (type === "updated" ? [] : [name.namespace ?? ""])),
    from(world.namespaces, ({ key }) => (world.isGoverned(key) ? [key] : [])),
    from(world.childrenOf(NETWORK_POLICY), ({ name, old, new: now }) =>
      name.name === DEFAULT_DENY_NAME && !isQuiet(old, now) ? [name.namespace ?? ""] : [],
    ),
    from(world.dnsServices, () => governed(world).map((key) => ({ key, priority: -50 }))),
  ];
}
