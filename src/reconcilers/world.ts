/**
 * Everything the reconcilers know of the cluster: the caches, the facts drawn from them, and the verdict on each child,
 * made as it arrives. Reads only; every write is made elsewhere.
 */

import { SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import type { Cache, CacheOptions } from "../kopf/cache.ts";
import { hashOf } from "../kopf/causes.ts";
import type { Clock } from "../kopf/clock.ts";
import { type KubeObject, keyOf, type ObjectName } from "../kopf/object.ts";
import type { Resource } from "../kopf/resource.ts";
import { findCulprit } from "../plan/culprit.ts";
import { judge } from "../plan/judge.ts";
import type { LearnedDefaults } from "../plan/learned-defaults.ts";
import { checkPod, type PodSpec } from "../policies/index.ts";
import {
  type ChildRecord,
  controllerOf,
  createdMsOf,
  type ForeignBindingRecord,
  type ForeignPolicyRecord,
  type NamespaceRecord,
  type PodRecord,
  podSpecDigest,
  type ReplicaSetRecord,
  rolloutHealth,
  shapeNamespace,
  shapeWorkload,
  type Verdict,
  type WorkloadRecord,
  workloadLabelOf,
} from "./records.ts";
import { CHILD_KINDS, CHILD_RESOURCES, type ChildKind, childNamed, expand } from "./secure-workload/expand.ts";
import { type NodeSupport, nodeSupport, type UserNamespaceSupport } from "./secure-workload/identity.ts";
import {
  type ClusterFacts,
  type DnsFacts,
  type ExpandInput,
  NO_PLATFORM,
  type PlatformFacts,
  type PodIdentity,
} from "./secure-workload/resources/input.ts";
import {
  API_SERVICE,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
  POD,
  REPLICA_SET,
  ROLE_BINDING,
  SERVICE,
} from "./secure-workload/resources/kinds.ts";
import { buildDefaultDeny, DEFAULT_DENY_NAME } from "./secure-workload/resources/network-policy.ts";
import type { LabelSelector } from "./selectors.ts";

export type AnyChildRecord = ChildRecord | ForeignPolicyRecord | ForeignBindingRecord;

export interface WorldOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly podSecurityVersion: string;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  readonly learned: LearnedDefaults;
}

export interface Desired {
  readonly object: KubeObject;
  readonly digest: string;
}

export class World {
  readonly workloads: Cache<WorkloadRecord>;
  readonly namespaces: Cache<NamespaceRecord>;
  readonly nodes: Cache<NodeSupport>;
  readonly dnsServices: Cache<DnsFacts>;
  readonly apiEndpoints: Cache<ClusterFacts["apiServer"] & object>;
  readonly apiServices: Cache<ClusterFacts["apiServer"] & object>;
  readonly children: ReadonlyMap<Resource, Cache<AnyChildRecord>>;
  /** The API groups that are served, by `version.group`. */
  readonly apiGroups: Cache<string>;
  readonly replicaSets: Cache<ReplicaSetRecord>;
  readonly pods: Cache<PodRecord>;
  readonly #options: WorldOptions;
  readonly #identities = new Map<string, PodIdentity>();
  /** The workloads of {@link World.#identities} by pod UID: asked for every pass, over all workloads. */
  readonly #ownersByUid = new Map<number, Set<string>>();

  constructor(options: WorldOptions) {
    this.#options = options;
    const { cache, fieldManager } = options;
    this.workloads = cache({
      resource: SECURE_WORKLOAD,
      shape: shapeWorkload,
      indices: {
        namespace: ({ ref }) => [ref.namespace],
        uid: ({ status }) => (status.podIdentity === undefined ? [] : [String(status.podIdentity.uid)]),
      },
    });
    this.namespaces = cache({
      resource: NAMESPACE,
      shape: (object) => shapeNamespace(object, podSecurityWriter(object, fieldManager), options.clock.monotonicMs()),
    });
    this.nodes = cache({ resource: NODE, shape: nodeSupport });
    const dns = options.dnsService;
    this.dnsServices = cache({
      resource: SERVICE,
      namespace: dns.namespace,
      fieldSelector: `metadata.name=${dns.name}`,
      shape: shapeDns,
    });
    this.apiEndpoints = cache({
      resource: ENDPOINT_SLICE,
      namespace: "default",
      labelSelector: "kubernetes.io/service-name=kubernetes",
      shape: shapeEndpoints,
    });
    this.apiServices = cache({
      resource: SERVICE,
      namespace: "default",
      fieldSelector: "metadata.name=kubernetes",
      shape: shapeApiService,
    });
    const facts = [
      this.workloads,
      this.nodes,
      this.dnsServices,
      this.apiEndpoints,
      this.apiServices,
    ] as readonly Cache<unknown>[];
    this.children = new Map(CHILD_RESOURCES.map((resource) => [resource, this.#childCache(resource, facts)]));
    this.apiGroups = cache({ resource: API_SERVICE, shape: groupOf });
    this.apiGroups.onChange(({ old, new: now }) => this.#refreshGroup(now ?? old ?? ""));
    this.replicaSets = cache({
      resource: REPLICA_SET,
      labelSelector: WORKLOAD_LABEL,
      shape: shapeReplicaSet,
      after: [this.workloads as Cache<unknown>],
    });
    this.pods = cache({
      resource: POD,
      shape: (object) => this.#shapePod(object),
      indices: {
        workload: (pod, { namespace }) => (pod.workload === undefined ? [] : [`${namespace}/${pod.workload}`]),
      },
      after: [this.workloads, this.replicaSets] as readonly Cache<unknown>[],
    });
  }

  /** The cache of one child kind. Throws for a resource that is none. */
  childrenOf(resource: Resource): Cache<AnyChildRecord> {
    const cache = this.children.get(resource);
    if (cache === undefined) throw new Error(`${resource.kind} is not a child kind`);
    return cache;
  }

  /** Whether the API server serves a child's resource; true until the first list has told otherwise. */
  isServed(resource: Resource): boolean {
    const cache = this.childrenOf(resource);
    return cache.isServed() || !cache.isSynced();
  }

  #refreshGroup(group: string): void {
    for (const [resource, cache] of this.children) if (resource.group === group) cache.refresh();
  }

  // ---- facts ----

  facts(): ClusterFacts {
    const [dns] = [...this.dnsServices.entries()].map(([, record]) => record);
    const apiServer = [...this.apiEndpoints.entries(), ...this.apiServices.entries()].flatMap(([, peers]) => peers);
    return {
      dns,
      apiServer: [...this.apiEndpoints.entries()].length === 0 ? undefined : apiServer,
      podSecurityVersion: this.#options.podSecurityVersion,
    };
  }

  /** What the platform team grants a namespace. */
  platform(_namespace: string): PlatformFacts {
    return NO_PLATFORM;
  }

  userNamespaceSupport(): UserNamespaceSupport {
    const eligible = [...this.nodes.entries()].map(([, node]) => node).filter((node) => node.eligible);
    return eligible.length === 0 ? undefined : eligible.every((node) => node.userNamespaces);
  }

  isGoverned(namespace: string): boolean {
    return this.workloads.byIndex("namespace", namespace).length > 0;
  }

  workloadsIn(namespace: string): readonly WorkloadRecord[] {
    return this.workloads
      .byIndex("namespace", namespace)
      .flatMap((key) => this.workloads.get(key) ?? [])
      .sort((a, b) => a.createdMs - b.createdMs || (a.key < b.key ? -1 : 1));
  }

  // ---- identities and what follows from them ----

  identityOf(workload: WorkloadRecord): PodIdentity | undefined {
    const decided = this.#identities.get(workload.ref.uid);
    if (decided !== undefined) return decided;
    const recorded = workload.status.podIdentity;
    return recorded === undefined
      ? undefined
      : { uid: recorded.uid, userNamespace: recorded.userNamespace?.enabled ?? true };
  }

  decideIdentity({ ref }: WorkloadRecord, identity: PodIdentity): void {
    this.forgetIdentity(ref.uid);
    this.#identities.set(ref.uid, identity);
    const owners = this.#ownersByUid.get(identity.uid) ?? new Set();
    this.#ownersByUid.set(identity.uid, owners.add(ref.uid));
  }

  forgetIdentity(workloadUid: string): void {
    const identity = this.#identities.get(workloadUid);
    if (identity === undefined) return;
    this.#identities.delete(workloadUid);
    const owners = this.#ownersByUid.get(identity.uid);
    owners?.delete(workloadUid);
    if (owners?.size === 0) this.#ownersByUid.delete(identity.uid);
  }

  isUidTaken(uid: number, byOthersThan: WorkloadRecord): boolean {
    const recorded = this.workloads.byIndex("uid", String(uid)).some((key) => key !== byOthersThan.key);
    return recorded || [...(this.#ownersByUid.get(uid) ?? [])].some((owner) => owner !== byOthersThan.ref.uid);
  }

  /** What a child must be right now; undefined when the workload has none of this kind or cannot be expanded yet. */
  desired(workload: WorkloadRecord, kind: ChildKind): Desired | undefined {
    const input = this.#inputOf(workload);
    const object = input === undefined ? undefined : kind.build(input);
    return object === undefined ? undefined : { object, digest: hashOf(object) };
  }

  /** Every child that the workload must have right now. */
  expanded(workload: WorkloadRecord): readonly KubeObject[] {
    const input = this.#inputOf(workload);
    return input === undefined ? [] : expand(input, ({ resource }) => this.isServed(resource));
  }

  #inputOf(workload: WorkloadRecord): ExpandInput | undefined {
    const { ref, spec } = workload;
    const identity = this.identityOf(workload);
    return spec === undefined || identity === undefined
      ? undefined
      : { workload: ref, spec, identity, facts: this.facts(), platform: this.platform(ref.namespace) };
  }

  desiredDefaultDeny(namespace: string): Desired {
    const object = buildDefaultDeny(namespace, this.facts().dns);
    return { object, digest: hashOf(object) };
  }

  // ---- verdicts, made on ingest ----

  #childCache(resource: Resource, after: readonly Cache<unknown>[]): Cache<AnyChildRecord> {
    const shape = (object: KubeObject, previous: AnyChildRecord | undefined): AnyChildRecord | undefined =>
      this.#shapeChild(resource, object, previous);
    const indices = {
      account: (record: AnyChildRecord) => (record.type === "foreign-binding" ? record.accounts : []),
      foreignIn: (record: AnyChildRecord, { namespace }: ObjectName) =>
        record.type === "foreign-policy" ? [namespace ?? ""] : [],
    };
    const optional = isOptional(resource) ? { optional: true } : {};
    return this.#options.cache<AnyChildRecord>({ resource, shape, indices, after, ...optional });
  }

  #shapeChild(resource: Resource, live: KubeObject, previous: AnyChildRecord | undefined): AnyChildRecord | undefined {
    const { namespace = "", name } = live.metadata;
    const known = previous?.type === "child" && previous.uid === live.metadata.uid ? previous : undefined;
    if (resource === NETWORK_POLICY && name === DEFAULT_DENY_NAME) {
      return this.isGoverned(namespace)
        ? this.#judged(this.desiredDefaultDeny(namespace), live, known, undefined)
        : this.#unjudged(live);
    }
    const child = childNamed(resource, name);
    const workload = child === undefined ? undefined : this.workloads.get(keyOf({ namespace, name: child.workload }));
    if (child === undefined || workload === undefined) return this.#shapeForeign(resource, live);
    const desired = this.desired(workload, child.kind);
    if (desired !== undefined) return this.#judged(desired, live, known, workload);
    if (this.identityOf(workload) === undefined || workload.spec === undefined) return this.#unjudged(live);
    return isOurs(live, workload)
      ? { ...this.#unjudged(live), verdict: "surplus" }
      : this.#shapeForeign(resource, live);
  }

  #unjudged(live: KubeObject): ChildRecord {
    return {
      type: "child",
      uid: live.metadata.uid ?? "",
      verdict: "unjudged",
      conformed: undefined,
      deviation: undefined,
      health: undefined,
    };
  }

  #judged(
    desired: Desired,
    live: KubeObject,
    known: ChildRecord | undefined,
    workload: WorkloadRecord | undefined,
  ): ChildRecord {
    const { fieldManager, learned, clock } = this.#options;
    const base = {
      type: "child",
      uid: live.metadata.uid ?? "",
      health: live.kind === DEPLOYMENT.kind ? rolloutHealth(live) : undefined,
    } as const;
    if (live.metadata.deletionTimestamp !== undefined)
      return { ...base, verdict: "deleting", conformed: undefined, deviation: undefined };
    const differences = judge(desired.object, live, learned.isServerDefault);
    if (differences.length === 0)
      return { ...base, verdict: "conforms", conformed: desired.digest, deviation: undefined };
    const paths = differences.map(({ path }) => path);
    const culprit = findCulprit(live.metadata.managedFields ?? [], paths, fieldManager);
    const verdict = verdictOn(desired, live, known, workload, culprit?.certain === true);
    const seenMs = known?.deviation?.seenMs ?? clock.monotonicMs();
    return { ...base, verdict, conformed: known?.conformed, deviation: { live, differences, culprit, seenMs } };
  }

  #shapeForeign(resource: Resource, live: KubeObject): ForeignPolicyRecord | ForeignBindingRecord | undefined {
    const uid = live.metadata.uid ?? "";
    const culprit = findCulprit(
      live.metadata.managedFields ?? [],
      [["spec"], ["subjects"]],
      this.#options.fieldManager,
    );
    const seenMs = this.#options.clock.monotonicMs();
    if (resource === NETWORK_POLICY) {
      const spec = (live["spec"] ?? {}) as {
        readonly podSelector?: LabelSelector;
        readonly ingress?: readonly unknown[];
        readonly egress?: readonly unknown[];
      };
      const allows = (spec.ingress ?? []).length + (spec.egress ?? []).length > 0;
      return { type: "foreign-policy", uid, podSelector: spec.podSelector ?? {}, allows, culprit, seenMs };
    }
    if (resource !== ROLE_BINDING) return undefined;
    const accounts = accountsOf(live);
    return accounts.length === 0 ? undefined : { type: "foreign-binding", uid, accounts, culprit, seenMs };
  }

  #shapePod(object: KubeObject): PodRecord | undefined {
    const { namespace = "", uid = "", deletionTimestamp, managedFields = [] } = object.metadata;
    if (!this.isGoverned(namespace)) return undefined;
    const owner = controllerOf(object);
    const spec = object["spec"] as PodSpec;
    return {
      uid,
      workload: workloadLabelOf(object),
      createdMs: createdMsOf(object),
      deleting: deletionTimestamp !== undefined,
      owner: owner?.kind === REPLICA_SET.kind ? { name: owner.name, uid: owner.uid } : undefined,
      specDigest: podSpecDigest(spec),
      breaks: [...new Set(checkPod(spec).map(({ policy }) => policy))],
      culprit: findCulprit(managedFields, [["spec"]], this.#options.fieldManager),
      seenMs: this.#options.clock.monotonicMs(),
    };
  }
}

const groupOf = ({ spec }: KubeObject): string => (spec as { readonly group?: string } | undefined)?.group ?? "";

const isOptional = (resource: Resource): boolean =>
  CHILD_KINDS.some((kind) => kind.resource === resource && kind.optional === true);

/**
 * Ours by owner, by label or by having been seen. Only an object older than its workload that bears no mark of ours was
 * somebody's before; its age cannot be forged, so taking marks off a child never puts it out of reach (DRIFT 32, 33, 34).
 */
function verdictOn(
  desired: Desired,
  live: KubeObject,
  known: ChildRecord | undefined,
  workload: WorkloadRecord | undefined,
  certainCulprit: boolean,
): Verdict {
  if (known === undefined && workload !== undefined && !isOurs(live, workload)) {
    if (createdMsOf(live) < workload.createdMs) return "taken";
  }
  if (known?.conformed !== undefined) return known.conformed === desired.digest ? "drifted" : "outdated";
  return known?.verdict === "drifted" || certainCulprit ? "drifted" : "outdated";
}

function isOurs(live: KubeObject, workload: WorkloadRecord): boolean {
  const owned = (live.metadata.ownerReferences ?? []).some(({ uid }) => uid === workload.ref.uid);
  return owned || workloadLabelOf(live) === workload.ref.name;
}

function accountsOf(binding: KubeObject): readonly string[] {
  const subjects = (binding["subjects"] ?? []) as readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
  return subjects
    .filter(({ kind }) => kind === "ServiceAccount")
    .map(({ name, namespace }) => keyOf({ namespace: namespace ?? binding.metadata.namespace ?? "", name }));
}

function podSecurityWriter(object: KubeObject, fieldManager: string) {
  const paths = Object.keys(object.metadata.labels ?? {})
    .filter((label) => label.startsWith("pod-security.kubernetes.io/"))
    .map((label) => ["metadata", "labels", label]);
  return findCulprit(object.metadata.managedFields ?? [], paths, fieldManager);
}

function shapeReplicaSet(object: KubeObject): ReplicaSetRecord {
  const spec = object["spec"] as { readonly template?: { readonly spec?: unknown } } | undefined;
  return {
    uid: object.metadata.uid ?? "",
    ownerUid: controllerOf(object)?.uid,
    specDigest: podSpecDigest(spec?.template?.spec),
  };
}

interface ServiceSpec {
  readonly clusterIPs?: readonly string[];
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly port: number;
    readonly protocol?: string;
    readonly targetPort?: number | string;
  }[];
}

/** The DNS Service tells where DNS is answered; without a selector it tells nothing. A named target port falls back to the Service's own. */
function shapeDns(object: KubeObject): DnsFacts | undefined {
  const spec = (object["spec"] ?? {}) as ServiceSpec;
  if (spec.selector === undefined || Object.keys(spec.selector).length === 0) return undefined;
  const ports = (spec.ports ?? []).flatMap(({ port, protocol = "TCP", targetPort }) =>
    protocol === "TCP" || protocol === "UDP"
      ? [{ protocol, port: typeof targetPort === "number" && targetPort > 0 ? targetPort : port } as const]
      : [],
  );
  const distinct = ports.filter(
    ({ port, protocol }, index) =>
      index === ports.findIndex((other) => other.port === port && other.protocol === protocol),
  );
  return {
    namespace: object.metadata.namespace ?? "",
    podLabels: spec.selector,
    ports: distinct.filter(({ port }) => port !== 9153),
  };
}

/** The endpoints of the API server itself: where its Service leads. */
function shapeEndpoints(object: KubeObject): { readonly ip: string; readonly port: number }[] | undefined {
  const endpoints = (object["endpoints"] ?? []) as readonly { readonly addresses?: readonly string[] }[];
  const ports = (object["ports"] ?? []) as readonly { readonly port?: number }[];
  const peers = endpoints.flatMap(({ addresses = [] }) =>
    addresses.flatMap((ip) => ports.flatMap(({ port }) => (port === undefined ? [] : [{ ip, port }]))),
  );
  return peers.length === 0 ? undefined : peers;
}

/** The Service in front: some network plugins judge a packet before its address is translated. */
function shapeApiService(object: KubeObject): { readonly ip: string; readonly port: number }[] {
  const spec = (object["spec"] ?? {}) as ServiceSpec;
  return (spec.clusterIPs ?? []).flatMap((ip) => (spec.ports ?? []).map(({ port }) => ({ ip, port })));
}
