/** Puts the reconcilers on an operator: which changes wake which keys. */

import { isDeepStrictEqual } from "node:util";
import { type Installation, KEEPER_NAME } from "../admission/identities.ts";
import { type AdmissionPolicy, admissionObjects } from "../admission/policy.ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../crds/group.ts";
import type { AllowList } from "../images/allow-list.ts";
import { createRegistryClient, type RegistryClient } from "../images/registry-client.ts";
import { ImageResolver } from "../images/resolver.ts";
import type { CacheChange } from "../kopf/cache.ts";
import { failureFields } from "../kopf/log-fields.ts";
import { keyOf, nameOf } from "../kopf/object.ts";
import { from, type Mapped, type Operator, type Source } from "../kopf/operator.ts";
import type { PassSubject } from "../kopf/pass.ts";
import type { Resource } from "../kopf/resource.ts";
import { createMetrics } from "../observability/metrics.ts";
import { LearnedDefaults } from "../plan/learned-defaults.ts";
import { AdmissionState } from "./admission/state.ts";
import { BY_CONFIG_MAP, type ConfigRecord } from "./config-copies.ts";
import type { Deps } from "./deps.ts";
import { createFirstLook, firstLookSources } from "./first-look.ts";
import { type ForeignScalerRecord, isSameScaler } from "./foreign-scaler.ts";
import { measureWorld } from "./measure.ts";
import { ExceptionLevels } from "./namespace/exception-levels.ts";
import { HeldBack } from "./namespace/held-back.ts";
import { createHeldElsewhere, heldElsewhereSources } from "./namespace/held-elsewhere.ts";
import { createNamespaceReconciler, isSecured, SecuredNamespaces } from "./namespace/reconciler.ts";
import { NetworkProbe } from "./network-probe/probe.ts";
import type { WorkloadRecord } from "./records.ts";
import { RightsLedger } from "./rights/ledger.ts";
import { forgetRights } from "./rights/report.ts";
import { rightsSources } from "./rights/sources.ts";
import { abandonedSources, createAbandonedReconciler } from "./secure-workload/abandoned.ts";
import { Corrections } from "./secure-workload/corrections.ts";
import { childNamed } from "./secure-workload/expand.ts";
import { openedByCluster, openedInNamespace } from "./secure-workload/foreign-cni-policies.ts";
import { Losses } from "./secure-workload/losses.ts";
import { concernedPeers } from "./secure-workload/neighbours.ts";
import { podSources, touchedBy } from "./secure-workload/pod-sources.ts";
import { createWorkloadReconciler } from "./secure-workload/reconciler.ts";
import { HOST_NAME_ENGINES } from "./secure-workload/resources/host-policies.ts";
import { NAMESPACE, NETWORK_POLICY } from "./secure-workload/resources/kinds.ts";
import { DEFAULT_DENY_NAME } from "./secure-workload/resources/network-policy.ts";
import { Rewrites } from "./secure-workload/rewrites.ts";
import { watchDisruptions } from "./secure-workload/watch-disruptions.ts";
import { exposureSources } from "./security-baseline/exposure-sources.ts";
import { baselineSources, createBaselineReconciler } from "./security-baseline/reconciler.ts";
import { concernedBy } from "./security-baseline/record.ts";
import { measureExceptions } from "./security-exception/metrics.ts";
import { createExceptionReconciler, SeenExceptions } from "./security-exception/reconciler.ts";
import { exceptedNamespaces, exceptedWorkloads, exceptionSources } from "./security-exception/sources.ts";
import { onGained, onReleased } from "./turns.ts";
import { weakPodAges } from "./weak-pod-age.ts";
import { type AnyChildRecord, World } from "./world.ts";

export interface RegisterOptions {
  /** How registries are asked; without credentials and with the system's authorities unless set. */
  readonly registryClient?: RegistryClient;
  /** Moves when the credentials do. */
  readonly credentialsVersion?: () => number;
  /** Where Palisade itself is. */
  readonly installation: Installation;
  /** What the API server itself must refuse: whether it stands is told of. Nothing unless set. */
  readonly admission?: readonly AdmissionPolicy[];
  /** Where the operator's own pod is: closed ways are then tried from it. Nothing is tried unless set. */
  readonly ownPod?: { readonly namespace: string } | undefined;
  readonly podSecurityVersion: string;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  readonly concurrency: number;
  /** Whether other replicas work on a part of the namespaces; false unless set. */
  readonly isShared?: boolean;
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
    imageResolver: resolverOf(options, operator),
    onError: (error) => logger.error(failureFields(logger, error), "image lookup failed"),
  });
  const deps: Deps = {
    client,
    world,
    learned,
    corrections: new Corrections(clock),
    rewrites: new Rewrites(clock),
    rights: new RightsLedger(),
    recorder,
    metrics: createMetrics(registry, () => weakPodAges(world, clock.now())),
    clock,
    logger,
  };
  const losses = new Losses(clock);
  const secured = new SecuredNamespaces();
  const heldBack = new HeldBack();
  const memories = { losses, levels: new ExceptionLevels(), exceptions: new SeenExceptions() };
  noteLosses(world, losses, secured, deps);
  operator.turn("gained", (belongs) => onGained(deps, memories, belongs));
  operator.turn("released", (belongs) => onReleased(deps, memories, belongs));
  const isMine = (namespace: string): boolean => operator.isLeader(namespace);
  const disruptions = watchDisruptions(deps, isMine);

  operator.reconcile("secureworkload", createWorkloadReconciler(deps, losses), {
    sources: workloadSources(world),
    about: of(SECURE_WORKLOAD),
    concurrency: options.concurrency,
    keys: () => [...world.workloads.entries()].map(([key]) => key),
    shardOf: namespaceOf,
  });
  operator.reconcile("namespace", createNamespaceReconciler(deps, secured, heldBack, memories.levels), {
    sources: namespaceSources(world),
    about: of(NAMESPACE),
    concurrency: 8,
    keys: () => world.enrolled(),
    shardOf: (namespace) => namespace,
  });
  if (options.isShared === true)
    operator.reconcile("held-elsewhere", createHeldElsewhere(deps, heldBack, isMine), {
      sources: heldElsewhereSources(world),
      about: of(NAMESPACE),
      keys: () => world.enrolled(),
    });
  const prevention = new AdmissionState({
    cache: (cacheOptions) => operator.cache(cacheOptions),
    objects: (options.admission ?? []).flatMap(admissionObjects),
    keeper: KEEPER_NAME,
  });
  const probe =
    options.ownPod === undefined ? undefined : new NetworkProbe(world, () => clock.now(), options.ownPod.namespace);
  if (probe !== undefined)
    operator.reconcile("network-probe", probe.reconcile, {
      sources: [{ subscribe: (enqueue) => enqueue("closed-ways", true) }],
      keys: () => ["closed-ways"],
    });
  operator.reconcile("securitybaseline", createBaselineReconciler(deps, heldBack, prevention, probe), {
    sources: baselineSources(world, heldBack, prevention, probe),
    about: of(SECURITY_BASELINE),
    keys: () => [...world.granted.baselines.entries()].map(([key]) => key),
  });
  operator.reconcile("securityexception", createExceptionReconciler(deps, memories.exceptions), {
    sources: exceptionSources(world),
    about: of(SECURITY_EXCEPTION),
    keys: () => [...world.exceptions.cache.entries()].map(([key]) => key),
    shardOf: (exception) => world.exceptions.namespaceOf(exception),
  });
  measureExceptions(registry, world);
  measureWorld(registry, world, prevention, probe);
  operator.reconcile("abandoned", createAbandonedReconciler(deps), {
    sources: abandonedSources(world),
    about: of(SECURE_WORKLOAD),
    shardOf: namespaceOf,
  });
  operator.reconcile("first-look", createFirstLook(deps), {
    sources: firstLookSources(world),
    about: of(NAMESPACE),
    shardOf: (namespace) => namespace,
  });
  operator.reconcile("disruptions", disruptions.reconcile, {
    sources: disruptions.sources,
    about: of(SECURE_WORKLOAD),
    shardOf: namespaceOf,
  });
  return world;
}

/** Everything about a workload is done by the replica that works on its namespace. */
const namespaceOf = (key: string): string | undefined => nameOf(key).namespace;

function resolverOf({ registryClient, credentialsVersion }: RegisterOptions, { clock }: Operator) {
  const client = registryClient ?? createRegistryClient();
  return (allowList: AllowList): ImageResolver =>
    new ImageResolver({
      client,
      allowList,
      clock,
      ...(credentialsVersion === undefined ? {} : { credentialsVersion }),
    });
}

const of =
  ({ kind }: Resource) =>
  (key: string): PassSubject => ({ kind, ...nameOf(key) });

/** Before anything is enqueued, so that a pass knows why a child is missing. */
function noteLosses(world: World, losses: Losses, secured: SecuredNamespaces, deps: Deps): void {
  for (const [resource, cache] of world.children) {
    cache.onChange((change) => {
      if (change.type !== "deleted") return;
      const { name, old } = change;
      if (isDefaultDeny(resource, name.name)) {
        secured.denyLost(name.namespace ?? "", deps.clock.monotonicMs());
        return;
      }
      const child = childNamed(resource, name.name);
      if (child === undefined || old === undefined) return;
      const workload = world.workloads.get(keyOf({ ...name, name: child.workload }));
      if (workload !== undefined) losses.onDeleted(child.kind, workload, name.name, old);
    });
  }
  world.workloads.onChange(({ type, old }) => {
    if (type !== "deleted" || old === undefined) return;
    world.forget(old.ref.uid);
    world.exceptions.entered.forget(old.key);
    world.ledger.forget(old.ref.uid);
    losses.clear(old);
    forgetRights(old.key, deps);
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
    from(world.workloads, ({ key, old, new: now }) =>
      now !== undefined && isOwnStatusWrite(old, now, world) ? [] : [key],
    ),
    ...children,
    ...accessSources(world, all),
    ...podSources(world),
    from(world.namespaces, ({ key }) =>
      world.workloads.byIndex("namespace", key).filter((workload) => !hasChildren(world.workloads.get(workload))),
    ),
    from(world.granted.baselines, ({ old, new: now }) => workloadsIn(world, concernedBy(old, now, world.governed()))),
    ...exposureSources(world),
    ...rightsSources(world),
    ...exceptedWorkloads(world),
    from(world.verticalAutoscalers, ({ old, new: now }) => keysOfScaler(old, now, world)),
    ...[...world.children.values()].map(
      (cache): Source => ({
        subscribe: (enqueue) => void cache.onServed(() => all().map((key) => enqueue(key, false))),
      }),
    ),
    from(world.dnsServices, all),
    from(world.apiEndpoints, all),
    from(world.apiServices, all),
    from(world.nodes, ({ old, new: now }) => (JSON.stringify(old) === JSON.stringify(now) ? [] : all())),
    { subscribe: (enqueue) => world.references.images.onAnswer((key) => enqueue(key, false)) },
    from(world.references.configs.cache, (change) => keysOfConfig(change, world)),
    from(world.workloads, ({ key, old, new: now }) =>
      isSameSpec(old, now) ? [] : world.references.claimantsWith(old, now).filter((other) => other !== key),
    ),
  ];
}

const workloadsIn = (world: World, namespaces: readonly string[]): readonly string[] =>
  namespaces.flatMap((namespace) => world.workloads.byIndex("namespace", namespace));
/** What others declare, and what the cluster's network is found to be. */
function accessSources(world: World, all: () => readonly Mapped[]): readonly Source[] {
  const needHosts = (): readonly string[] => world.workloads.byIndex("hosts", "needed");
  return [
    from(world.workloads, (change) => concernedPeers(change, world)),
    from(world.workloads, (change) => sharingItsUid(change, world)),
    from(world.network.nodeLocalDns, ({ old, new: now }) => (isDeepStrictEqual(old, now) ? [] : all())),
    ...world.network.clusterPolicies.map((cache) => from(cache, (change) => openedByCluster(change, world))),
    {
      subscribe: (enqueue) => {
        const wake = (): void => {
          for (const key of needHosts()) enqueue(key, false);
        };
        world.network.onChange(wake);
        for (const { resource } of HOST_NAME_ENGINES) world.childrenOf(resource).onServed(wake);
      },
    },
  ];
}

/** Two replicas may give the same UID away at once: one of the two workloads takes another. */
function sharingItsUid({ key, old, new: now }: CacheChange<WorkloadRecord>, world: World): readonly string[] {
  const uid = now?.status.podIdentity?.uid;
  if (uid === undefined || uid === old?.status.podIdentity?.uid) return [];
  return world.workloads.byIndex("uid", String(uid)).filter((other) => other !== key);
}

/** A source concerns whoever names it; a copy its workload, unless it is as it was. */
function keysOfConfig({ key, old, new: now }: CacheChange<ConfigRecord>, world: World): readonly string[] {
  const sources = world.workloads.byIndex(BY_CONFIG_MAP, key);
  const isIntact = now?.type === "copy" && now.state === "intact";
  const copies = isIntact ? [] : [old, now].flatMap((record) => (record?.type === "copy" ? [record.workload] : []));
  return [...new Set([...sources, ...copies])].filter((workload) => world.workloads.get(workload) !== undefined);
}

const isSameSpec = (old: WorkloadRecord | undefined, now: WorkloadRecord | undefined): boolean =>
  old?.ref.uid === now?.ref.uid && old?.generation === now?.generation;

const hasChildren = (workload: WorkloadRecord | undefined): boolean => (workload?.status.children ?? []).length > 0;

/** The echo of a status that this process wrote changes nothing; one that somebody forged is written anew (DRIFT 38). */
function isOwnStatusWrite(old: WorkloadRecord | undefined, now: WorkloadRecord, world: World): boolean {
  return (
    old !== undefined &&
    world.isReported(now) &&
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
  if (now?.type === "foreign-cni-policy") return openedInNamespace(namespace, now, world);
  // Whom it concerns, the rights' own sources say.
  if (now?.type === "foreign-binding" || now?.type === "foreign-role") return [];
  if (now?.type === "foreign-scaler") return keysOfScaler(old, now, world);
  const touched = now === undefined ? undefined : touchedBy(now, namespace, world);
  if (touched !== undefined) return touched;
  const child = childNamed(resource, name.name);
  if (child === undefined || isQuiet(old, now)) return [];
  const key = keyOf({ namespace, name: child.workload });
  return world.workloads.get(key) === undefined ? [] : [key];
}

function keysOfScaler(old: unknown, now: ForeignScalerRecord | undefined, world: World): readonly Mapped[] {
  if (now === undefined || isSameScaler(old, now)) return [];
  return world.workloads.get(now.workload) === undefined ? [] : [now.workload];
}

/** A child that conforms, as it did before, with the same health, needs no pass. */
function isQuiet(old: AnyChildRecord | undefined, now: AnyChildRecord | undefined): boolean {
  if (old?.type !== "child" || now?.type !== "child") return false;
  return (
    now.verdict === "conforms" &&
    old.verdict === "conforms" &&
    old.uid === now.uid &&
    old.conformed === now.conformed &&
    old.notice === now.notice &&
    JSON.stringify(old.health) === JSON.stringify(now.health)
  );
}

/** A workload that comes into a closed namespace only lengthens its lists, which many that come together do at once. */
const LISTS_AFTER_MS = 100;

function listChanged(
  world: World,
  namespace: string,
  old: WorkloadRecord | undefined,
  now: WorkloadRecord | undefined,
): readonly Mapped[] {
  if (isSameSpec(old, now)) return [];
  return isSecured(world, namespace) ? [{ key: namespace, afterMs: LISTS_AFTER_MS }] : [namespace];
}

function namespaceSources(world: World): readonly Source[] {
  return [
    from(world.workloads, ({ name: { namespace = "" }, old, new: now }) => listChanged(world, namespace, old, now)),
    from(world.namespaces, ({ key }) => (world.isEnrolled(key) ? [key] : [])),
    from(world.granted.baselines, ({ old, new: now }) => (old?.generation === now?.generation ? [] : world.enrolled())),
    from(world.childrenOf(NETWORK_POLICY), ({ name, old, new: now }) =>
      name.name === DEFAULT_DENY_NAME && !isQuiet(old, now) ? [name.namespace ?? ""] : [],
    ),
    from(world.dnsServices, () => world.enrolled().map((key) => ({ key, priority: -50 }))),
    from(world.network.nodeLocalDns, ({ old, new: now }) => (isDeepStrictEqual(old, now) ? [] : world.enrolled())),
    ...exceptedNamespaces(world),
  ];
}
