/**
 * Everything the reconcilers know of the cluster: the caches, the facts drawn from them, and the verdict on each child,
 * made as it arrives. Reads only; every write is made elsewhere.
 */

import type { Installation } from "../admission/identities.ts";
import { ADOPT_LABEL, ENROLMENT_LABEL, SECURE_WORKLOAD } from "../crds/group.ts";
import { type Enrolment, enrolmentOfLabel } from "../crds/v1alpha1/enrolment.ts";
import type { SecureWorkloadSpec, SecureWorkloadStatus } from "../crds/v1alpha1/secure-workload.ts";
import type { Cache, CacheOptions } from "../kopf/cache.ts";
import { hashOf } from "../kopf/causes.ts";
import type { Clock } from "../kopf/clock.ts";
import { type KubeObject, keyOf, nameOf, type ObjectName } from "../kopf/object.ts";
import type { Resource } from "../kopf/resource.ts";
import { type Culprit, findCulprit } from "../plan/culprit.ts";
import { type ReplicaRange, withLiveReplicas } from "../plan/elastic.ts";
import { judge } from "../plan/judge.ts";
import type { LearnedDefaults } from "../plan/learned-defaults.ts";
import { NAMESPACED_CNI_POLICIES, openedBy } from "./cni-policies.ts";
import { type ForeignMakerRecord, posesAs, shapeForeignMaker } from "./foreign-maker.ts";
import { type ForeignScalerRecord, shapeForeignScaler } from "./foreign-scaler.ts";
import { type ForeignServiceRecord, shapeForeignService } from "./foreign-service.ts";
import { type ForeignSliceRecord, NOT_OF_THE_CONTROLLER, shapeForeignSlice } from "./foreign-slice.ts";
import { Granted } from "./granted.ts";
import { type NetworkWatch, watchNetwork } from "./network-watch.ts";
import { claimsOf, type PodRecord, shapePod, type TemplateRecord } from "./pod-record.ts";
import {
  byAge,
  type ChildRecord,
  controllerOf,
  createdMsOf,
  driftOrOutdated,
  type ForeignBindingRecord,
  type ForeignBudgetRecord,
  type ForeignCniPolicyRecord,
  type ForeignPolicyRecord,
  type ForeignRoleRecord,
  type ForeignRouteRecord,
  type NamespaceRecord,
  openingOf,
  shapeForeignBudget,
  shapeNamespace,
  shapeWorkload,
  type Verdict,
  type WorkloadRecord,
  workloadLabelOf,
} from "./records.ts";
import { REFERENCE_INDICES, References, type ReferencesOptions } from "./references.ts";
import { shapeBinding, shapeRole } from "./rights/records.ts";
import { BINDING_INDICES, RightsWatch } from "./rights/watch.ts";
import { isInTemplate } from "./secure-workload/baseline-change.ts";
import {
  CHILD_KINDS,
  CHILD_RESOURCES,
  type ChildKind,
  CONTROLLER_KINDS,
  childNamed,
  expand,
} from "./secure-workload/expand.ts";
import { shapeForeignRoute } from "./secure-workload/foreign-routes.ts";
import { isComplete, type RolloutHealth, rolloutHealth } from "./secure-workload/health.ts";
import { type NodeSupport, nodeSupport, type UserNamespaceSupport } from "./secure-workload/identity.ts";
import { namedPeers } from "./secure-workload/neighbours.ts";
import { canHost, type NodeOffer } from "./secure-workload/node-offer.ts";
import { noticeOf } from "./secure-workload/notices.ts";
import { hostNeeds } from "./secure-workload/resources/host-policies.ts";
import type {
  ApiServerAddress,
  ClusterFacts,
  DnsFacts,
  ExpandInput,
  PlatformFacts,
  PodIdentity,
} from "./secure-workload/resources/input.ts";
import {
  API_SERVICE,
  CONTROLLER_REVISION,
  CRON_JOB,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  ROLE,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  VERTICAL_POD_AUTOSCALER,
} from "./secure-workload/resources/kinds.ts";
import { buildDefaultDeny, DEFAULT_DENY_NAME } from "./secure-workload/resources/network-policy.ts";
import { liftedIn } from "./secure-workload/resources/pod-template.ts";
import { replicaRange } from "./secure-workload/resources/replicas.ts";
import { buildGrant, exceptionOfGrant } from "./security-exception/break-glass.ts";
import { Exceptions } from "./security-exception/exceptions.ts";
import { TemplateLedger } from "./template-ledger.ts";
import { couldBeOfWorkload, shapeTemplate, templateDigest, templateIn } from "./template-record.ts";

export type AnyChildRecord =
  | ChildRecord
  | ForeignPolicyRecord
  | ForeignCniPolicyRecord
  | ForeignRoleRecord
  | ForeignBindingRecord
  | ForeignScalerRecord
  | ForeignRouteRecord
  | ForeignServiceRecord
  | ForeignBudgetRecord
  | ForeignMakerRecord
  | RunRecord;

/** A run of a CronJob. */
export interface RunRecord extends TemplateRecord {
  readonly type: "run";
}

export interface WorldOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly podSecurityVersion: string;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  readonly learned: LearnedDefaults;
  /** Where Palisade itself is. */
  readonly installation: Installation;
  readonly imageResolver: ReferencesOptions["imageResolver"];
  readonly onError: ReferencesOptions["onError"];
}

export interface Desired {
  readonly object: KubeObject;
  readonly digest: string;
  /** Where an autoscaler decides how many pods there are. */
  readonly replicas?: ReplicaRange | undefined;
}

/** What is put in the place of what is known, to see whether it explains a child that is there. */
type Assumed = Partial<Pick<ExpandInput, "platform" | "resolved" | "lifted">>;

export class World {
  readonly workloads: Cache<WorkloadRecord>;
  readonly namespaces: Cache<NamespaceRecord>;
  /** What the platform team grants. */
  readonly granted: Granted;
  /** What it lifts, for whom and for how long. */
  readonly exceptions: Exceptions;
  readonly nodes: Cache<NodeSupport>;
  readonly dnsServices: Cache<DnsFacts>;
  readonly apiEndpoints: Cache<ClusterFacts["apiServer"] & object>;
  readonly apiServices: Cache<ClusterFacts["apiServer"] & object>;
  readonly children: ReadonlyMap<Resource, Cache<AnyChildRecord>>;
  /** Who may what, by RBAC. */
  readonly rights: RightsWatch;
  readonly verticalAutoscalers: Cache<ForeignScalerRecord>;
  /** The API groups that are served, by `version.group`. */
  readonly apiGroups: Cache<string>;
  /** What specs name, and what that stands for. */
  readonly references: References;
  readonly network: NetworkWatch;
  readonly replicaSets: Cache<TemplateRecord>;
  /** What StatefulSets and DaemonSets made their pods from. */
  readonly revisions: Cache<TemplateRecord>;
  readonly pods: Cache<PodRecord>;
  /** EndpointSlices that the control plane does not keep. */
  readonly slices: Cache<ForeignSliceRecord>;
  /** The templates that workloads had. */
  readonly ledger = new TemplateLedger();
  readonly installation: Installation;
  readonly #options: WorldOptions;
  /** By the uid of the namespace. */
  readonly #enrolments = new Map<string, Enrolment>();
  /** The digest of each status written, by the uid of the workload. */
  readonly #reported = new Map<string, string>();
  readonly #identities = new Map<string, PodIdentity>();
  /** The workloads of {@link World.#identities} by pod UID: asked for every pass, over all workloads. */
  readonly #ownersByUid = new Map<number, Set<string>>();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.installation = options.installation;
    const { cache, fieldManager } = options;
    this.granted = new Granted(cache, (workload, spec) => this.references.areThere(workload, spec));
    this.exceptions = new Exceptions(cache, options.clock, (key) => this.workloads.get(key) !== undefined);
    this.workloads = cache({
      resource: SECURE_WORKLOAD,
      after: this.granted.caches,
      shape: shapeWorkload,
      indices: {
        namespace: ({ ref }) => [ref.namespace],
        names: namedPeers,
        hosts: ({ spec }) => (spec !== undefined && hostNeeds(spec).length > 0 ? ["needed"] : []),
        uid: ({ status }) => (status.podIdentity === undefined ? [] : [String(status.podIdentity.uid)]),
        ...REFERENCE_INDICES,
      },
    });
    this.references = new References({ ...options, workloads: this.workloads, granted: this.granted });
    this.granted.follow(this.workloads);
    this.namespaces = cache({
      resource: NAMESPACE,
      shape: (object) => shapeNamespace(object, markWriter(object, fieldManager), options.clock.monotonicMs()),
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
    this.network = watchNetwork(cache, dns.namespace, [this.workloads as Cache<unknown>]);
    const facts = [
      this.workloads,
      this.exceptions.cache,
      this.nodes,
      this.dnsServices,
      this.apiEndpoints,
      this.apiServices,
      this.references.configs.cache,
      ...this.network.facts,
    ] as readonly Cache<unknown>[];
    // Whether KEDA is there decides about the others.
    const scaledObjects = this.#childCache(SCALED_OBJECT, facts);
    const watched = [...new Set([...CHILD_RESOURCES, ...NAMESPACED_CNI_POLICIES])];
    const others = watched.filter((resource) => resource !== SCALED_OBJECT);
    const after = [...facts, scaledObjects] as readonly Cache<unknown>[];
    this.children = new Map([
      [SCALED_OBJECT, scaledObjects],
      ...others.map((resource) => [resource, this.#childCache(resource, after)] as const),
    ]);
    this.rights = new RightsWatch({
      ...options,
      roles: this.childrenOf(ROLE),
      bindings: this.childrenOf(ROLE_BINDING),
    });
    this.verticalAutoscalers = cache({
      resource: VERTICAL_POD_AUTOSCALER,
      shape: (object) => shapeForeignScaler(object, this.#writerOf(object), options.clock.monotonicMs()),
      indices: { scaled: ({ workload }) => [workload] },
      optional: true,
    });
    this.apiGroups = cache({ resource: API_SERVICE, shape: groupOf });
    this.apiGroups.onChange(({ old, new: now }) => this.#refreshGroup(now ?? old ?? ""));
    const templates = (resource: Resource): Cache<TemplateRecord> =>
      cache({
        resource,
        shape: (object, previous) => this.#shapeMade(object, previous),
        indices: {
          owner: ({ owner }) => (owner === undefined ? [] : [owner.uid]),
          maker: (record, { namespace }) => posesAs(record, namespace),
        },
        after: [this.workloads as Cache<unknown>],
      });
    this.replicaSets = templates(REPLICA_SET);
    this.revisions = templates(CONTROLLER_REVISION);
    this.pods = cache({
      resource: POD,
      shape: (object, previous) => this.#shapePod(object, previous),
      indices: {
        workload: (pod, { namespace }) => (pod.workload === undefined ? [] : [`${namespace}/${pod.workload}`]),
        mirrorIn: ({ isMirror }, { namespace = "" }) => (isMirror ? [namespace] : []),
        labelledIn: ({ workload }, { namespace = "" }) => (workload === undefined ? [] : [namespace]),
        claims: (pod, { namespace }) => claimsOf(pod, namespace),
        address: ({ ips }, { namespace }) => ips.map((ip) => `${namespace}/${ip}`),
      },
      after: [this.workloads, this.replicaSets, this.revisions] as readonly Cache<unknown>[],
    });
    this.slices = cache({
      resource: ENDPOINT_SLICE,
      labelSelector: NOT_OF_THE_CONTROLLER,
      shape: (object) => shapeForeignSlice(object, this.#writerOf(object), options.clock.monotonicMs()),
      indices: {
        service: ({ service }, { namespace }) => [`${namespace}/${service}`],
        address: ({ addresses }, { namespace }) => addresses.map((address) => `${namespace}/${address}`),
      },
    });
  }

  /** The cache of one child kind. Throws for a resource that is none. */
  childrenOf(resource: Resource): Cache<AnyChildRecord> {
    const cache = this.children.get(resource);
    if (cache === undefined) throw new Error(`${resource.kind} is not a child kind`);
    return cache;
  }

  /** The cache of a resource whose objects may be deleted as offenders; undefined for one that is not watched. */
  cacheOf(resource: Resource): Cache<unknown> | undefined {
    const besides = [
      this.pods,
      this.replicaSets,
      this.slices,
      this.verticalAutoscalers,
      this.rights.clusterBindings,
    ] as readonly Cache<unknown>[];
    return (
      besides.find((cache) => cache.resource === resource) ??
      (this.children.get(resource) as Cache<unknown> | undefined)
    );
  }

  /** Whether the API server serves a child's resource; true until the first list has told otherwise. */
  isServed(resource: Resource): boolean {
    const cache = this.childrenOf(resource);
    return cache.isServed() || !cache.isSynced();
  }

  #refreshGroup(group: string): void {
    for (const cache of [...this.children.values(), this.verticalAutoscalers])
      if (cache.resource.group === group) cache.refresh();
    this.granted.refresh(group);
    this.network.refresh(group);
  }

  // ---- facts ----

  facts(): ClusterFacts {
    const [dns] = [...this.dnsServices.entries()].map(([, record]) => record);
    const apiServer = [...this.apiEndpoints.entries(), ...this.apiServices.entries()].flatMap(([, peers]) => peers);
    return {
      dns,
      apiServer: [...this.apiEndpoints.entries()].length === 0 ? undefined : apiServer,
      nodeLocalDns: [...this.network.nodeLocalDns.entries()].flatMap(([, addresses]) => addresses),
      hostNames: this.network.hostNames((resource) => this.childrenOf(resource).isServed()),
      podSecurityVersion: this.#options.podSecurityVersion,
      keda: this.childrenOf(SCALED_OBJECT).isServed(),
    };
  }

  /** What the platform team grants a namespace. */
  platform(namespace: string): PlatformFacts {
    return this.granted.platform(namespace);
  }

  /** Of the nodes that pods of this placement can land on. */
  userNamespaceSupport(placement?: SecureWorkloadSpec["placement"]): UserNamespaceSupport {
    const nodes = [...this.nodes.entries()].map(([, node]) => node);
    const eligible = nodes.filter(({ offer }) => canHost(offer, placement));
    return eligible.length === 0 ? undefined : eligible.every((node) => node.userNamespaces);
  }

  nodeOffers(): readonly NodeOffer[] {
    return [...this.nodes.entries()].map(([, { offer }]) => offer);
  }

  /** Every namespace that holds workloads. */
  governed(): readonly string[] {
    return [...new Set([...this.workloads.entries()].map(([, { ref }]) => ref.namespace))];
  }

  /** How far a namespace is enrolled: as decided, else as its label says; undefined before both. */
  enrolmentOf(namespace: string): Enrolment | undefined {
    const record = this.namespaces.get(namespace);
    if (record === undefined) return undefined;
    return this.#enrolments.get(record.uid) ?? enrolmentOfLabel(record.marks[ENROLMENT_LABEL]);
  }

  decideEnrolment({ uid }: NamespaceRecord, state: Enrolment): void {
    this.#enrolments.set(uid, state);
  }

  /** Every namespace that holds workloads, or held some: what was closed for them stays closed. */
  enrolled(): readonly string[] {
    const marked = [...this.namespaces.entries()].flatMap(([name, { marks }]) =>
      marks[ENROLMENT_LABEL] === undefined ? [] : [name],
    );
    return [...new Set([...this.governed(), ...marked])];
  }

  isEnrolled(namespace: string): boolean {
    return this.isGoverned(namespace) || this.namespaces.get(namespace)?.marks[ENROLMENT_LABEL] !== undefined;
  }

  isGoverned(namespace: string): boolean {
    return this.workloads.byIndex("namespace", namespace).length > 0;
  }

  workloadsIn(namespace: string): readonly WorkloadRecord[] {
    return this.workloads
      .byIndex("namespace", namespace)
      .flatMap((key) => this.workloads.get(key) ?? [])
      .sort(byAge);
  }

  /** Asked for in every pass: without a sorted list of all of them. */
  oldestIn(namespace: string): WorkloadRecord | undefined {
    let oldest: WorkloadRecord | undefined;
    for (const key of this.workloads.byIndex("namespace", namespace)) {
      const workload = this.workloads.get(key);
      if (workload !== undefined && (oldest === undefined || byAge(workload, oldest) < 0)) oldest = workload;
    }
    return oldest;
  }

  // ---- statuses as they were written ----

  noteReported({ uid }: WorkloadRecord["ref"], status: SecureWorkloadStatus): void {
    this.#reported.set(uid, hashOf(status));
  }

  /** Whether the status is the one that this process wrote last; true where it wrote none. */
  isReported({ ref: { uid }, status }: WorkloadRecord): boolean {
    const reported = this.#reported.get(uid);
    return reported === undefined || reported === hashOf(status);
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

  /** What this replica decided in the namespace gives way to what stands written there: another decides from now on. */
  release(namespace: string): void {
    const record = this.namespaces.get(namespace);
    if (record !== undefined) this.#enrolments.delete(record.uid);
    for (const workload of this.workloadsIn(namespace)) {
      this.forget(workload.ref.uid);
      this.ledger.end(workload.ref.uid);
      this.references.release(workload);
    }
  }

  /** Judges anew what was found off, by what is known now: while another replica wrote, objects came in no order. */
  judgeAgain(belongs: (namespace: string | undefined) => boolean): void {
    for (const cache of this.children.values()) {
      const off = [...cache.entries()].flatMap(([key, record]) =>
        record.type === "child" && record.deviation !== undefined && belongs(nameOf(key).namespace)
          ? [record.deviation.live]
          : [],
      );
      for (const live of off) cache.observe(live);
    }
  }

  forget(workloadUid: string): void {
    this.#reported.delete(workloadUid);
    this.forgetIdentity(workloadUid);
  }

  forgetIdentity(workloadUid: string): void {
    const identity = this.#identities.get(workloadUid);
    if (identity === undefined) return;
    this.#identities.delete(workloadUid);
    const owners = this.#ownersByUid.get(identity.uid);
    owners?.delete(workloadUid);
    if (owners?.size === 0) this.#ownersByUid.delete(identity.uid);
  }

  /** Where two have recorded the same, as two replicas may let them, the older keeps it. */
  isUidTaken(uid: number, byOthersThan: WorkloadRecord): boolean {
    const isRecorded = byOthersThan.status.podIdentity?.uid === uid;
    const recorded = this.workloads.byIndex("uid", String(uid)).some((key) => {
      const other = this.workloads.get(key);
      return other !== undefined && other.key !== byOthersThan.key && !(isRecorded && byAge(byOthersThan, other) < 0);
    });
    return recorded || [...(this.#ownersByUid.get(uid) ?? [])].some((owner) => owner !== byOthersThan.ref.uid);
  }

  /**
   * What a child must be right now; undefined when the workload has none of this kind, cannot be expanded yet, or may not be
   * rolled out.
   */
  desired(workload: WorkloadRecord, kind: ChildKind, assumed: Assumed = {}): Desired | undefined {
    return this.isWithheld(workload, kind) ? undefined : this.#built(workload, kind, assumed);
  }

  #built(workload: WorkloadRecord, kind: ChildKind, assumed: Assumed = {}): Desired | undefined {
    const input = this.#inputOf(workload, assumed);
    const object = input === undefined ? undefined : kind.build(input);
    if (input === undefined || object === undefined) return undefined;
    const replicas = kind.role === "controller" ? replicaRange(input) : undefined;
    return { object, digest: hashOf(replicas === undefined ? object : { object, replicas }), replicas };
  }

  /**
   * Whether a child is neither made nor changed: its spec may not be rolled out, and no spec before it is known. What a
   * controller that runs has beside it follows the declared spec, so that it narrows all the same.
   */
  isWithheld(workload: WorkloadRecord, { role }: ChildKind): boolean {
    if (role === "guard" || this.granted.specs.of(workload) !== undefined) return false;
    return role === "controller" || !this.#hasController(workload);
  }

  /** The copies that pods of the workload use right now. */
  copiesUsed({ key }: WorkloadRecord): ReadonlySet<string> {
    return new Set(this.pods.byIndex("workload", key).flatMap((pod) => this.pods.get(pod)?.copies ?? []));
  }

  /** What runs the pods of the workload's type, as far as it is. */
  healthOf(workload: WorkloadRecord): RolloutHealth | undefined {
    const type = this.granted.specOf(workload)?.type;
    const kind = CONTROLLER_KINDS.find(({ resource }) => resource.kind === type);
    const record = kind === undefined ? undefined : this.childrenOf(kind.resource).get(workload.key);
    return record?.type === "child" ? record.health : undefined;
  }

  /** Whether every pod is of the spec in force, and stands. */
  isRolledOut(workload: WorkloadRecord): boolean {
    const health = this.healthOf(workload);
    const spec = this.granted.specs.of(workload);
    return health !== undefined && spec !== undefined && isComplete(health, health.wanted ?? spec.replicas);
  }

  #hasController({ ref: { namespace, name } }: WorkloadRecord): boolean {
    return CONTROLLER_KINDS.some(
      ({ resource, nameFor }) => this.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) })) !== undefined,
    );
  }

  /** Every child that the workload must have right now. */
  expanded(workload: WorkloadRecord): readonly KubeObject[] {
    const input = this.#inputOf(workload);
    return input === undefined ? [] : expand(input, (kind) => this.#isDue(workload, kind));
  }

  #isDue(workload: WorkloadRecord, kind: ChildKind): boolean {
    return !this.isWithheld(workload, kind) && (kind.optional !== true || this.isServed(kind.resource));
  }

  #inputOf(workload: WorkloadRecord, assumed: Assumed = {}): ExpandInput | undefined {
    const { ref } = workload;
    const spec = this.granted.specOf(workload);
    const identity = this.identityOf(workload);
    if (spec === undefined || identity === undefined) return undefined;
    return {
      workload: ref,
      spec,
      identity,
      facts: this.facts(),
      platform: assumed.platform ?? this.platform(ref.namespace),
      exposed: this.granted.exposure(workload).exposed,
      resolved: assumed.resolved ?? this.references.inForce(workload, spec),
      lifted: assumed.lifted ?? this.#liftedByRun(workload) ?? this.exceptions.lifted(workload.key),
    };
  }

  /** Of a Job whose run has ended: no pod of it runs any more, and to make it anew would be to run it again. */
  #liftedByRun(workload: WorkloadRecord): ReadonlySet<string> | undefined {
    if (this.granted.specOf(workload)?.type !== JOB.kind) return undefined;
    const job = this.childrenOf(JOB).get(workload.key);
    return job?.type === "child" ? job.liftedByRun : undefined;
  }

  desiredDefaultDeny(namespace: string): Desired {
    const { dns, nodeLocalDns } = this.facts();
    const object = buildDefaultDeny(namespace, dns, nodeLocalDns, this.enrolmentOf(namespace));
    return { object, digest: hashOf(object) };
  }

  /** The Role or RoleBinding that lets somebody in, in the namespace of the exception's workload and while it is in force. */
  desiredGrant(resource: Resource, namespace: string, exceptionName: string): Desired | undefined {
    const exception = this.exceptions.cache.get(exceptionName);
    if (exception === undefined || !this.exceptions.isActive(exception)) return undefined;
    const object = nameOf(exception.workload).namespace === namespace ? buildGrant(resource, exception) : undefined;
    return object === undefined ? undefined : { object, digest: hashOf(object) };
  }

  // ---- verdicts, made on ingest ----

  #childCache(resource: Resource, after: readonly Cache<unknown>[]): Cache<AnyChildRecord> {
    const shape = (object: KubeObject, previous: AnyChildRecord | undefined): AnyChildRecord | undefined =>
      this.#shapeChild(resource, object, previous);
    const indices = {
      ...BINDING_INDICES,
      foreignIn: (record: AnyChildRecord, { namespace }: ObjectName) =>
        SELECTING.has(record.type) ? [namespace ?? ""] : [],
      scaled: (record: AnyChildRecord) => (record.type === "foreign-scaler" ? [record.workload] : []),
      service: servicesBehind,
      maker: (record: AnyChildRecord, { namespace }: ObjectName) =>
        record.type === "foreign-maker" ? posesAs(record, namespace) : [],
      run: (record: AnyChildRecord) => (record.type === "run" && record.owner !== undefined ? [record.owner.uid] : []),
    };
    const optional = isOptional(resource) ? { optional: true } : {};
    return this.#options.cache<AnyChildRecord>({ resource, shape, indices, after, ...optional });
  }

  #shapeChild(resource: Resource, live: KubeObject, previous: AnyChildRecord | undefined): AnyChildRecord | undefined {
    const { namespace = "", name } = live.metadata;
    const known = previous?.type === "child" && previous.uid === live.metadata.uid ? previous : undefined;
    const standing = this.#shapeStanding(resource, live, known);
    if (standing !== undefined) return standing;
    const child = childNamed(resource, name);
    const workload = child === undefined ? undefined : this.workloads.get(keyOf({ namespace, name: child.workload }));
    if (child === undefined || workload === undefined) return this.#shapeForeign(resource, live);
    this.#acceptRunning(workload, child.kind, live);
    const lifted = liftedByRun(live);
    const desired = this.desired(workload, child.kind, lifted === undefined ? {} : { lifted });
    if (desired !== undefined) return this.#judged(desired, live, known, workload);
    if (this.#isUnknown(workload, child.kind)) return this.#unjudged(live);
    return isOurs(live, workload)
      ? { ...this.#unjudged(live), verdict: "surplus" }
      : this.#shapeForeign(resource, live);
  }

  /** What belongs to a namespace or to an exception, and to no workload; undefined for anything else. */
  #shapeStanding(resource: Resource, live: KubeObject, known: ChildRecord | undefined): ChildRecord | undefined {
    const { namespace = "", name } = live.metadata;
    if (resource === NETWORK_POLICY && name === DEFAULT_DENY_NAME) {
      const desired = this.isEnrolled(namespace) ? this.desiredDefaultDeny(namespace) : undefined;
      return desired === undefined ? this.#unjudged(live) : this.#judged(desired, live, known, undefined);
    }
    const exception = exceptionOfGrant(resource, name);
    if (exception === undefined) return undefined;
    return this.#shapeGrant(this.desiredGrant(resource, namespace, exception), live, known);
  }

  #shapeGrant(desired: Desired | undefined, live: KubeObject, known: ChildRecord | undefined): ChildRecord {
    return desired === undefined
      ? { ...this.#unjudged(live), verdict: "surplus" }
      : this.#judged(desired, live, known, undefined);
  }

  /** After a restart: a spec that may no longer be rolled out is in force all the same where it is what runs. */
  #acceptRunning(workload: WorkloadRecord, kind: ChildKind, live: KubeObject): void {
    if (kind.role !== "controller" || !this.isWithheld(workload, kind) || workload.spec === undefined) return;
    const resolved = this.references.ofRunning(workload, workload.spec);
    if (resolved === undefined) return;
    const platform = this.granted.platformOnceFor(workload);
    // An exception may have ended while nobody looked: what runs is told by its own mark, and put right once it is known.
    const built = this.#built(workload, kind, { platform, resolved, lifted: liftedIn(live) });
    if (built === undefined || judge(built.object, live, this.#options.learned.isServerDefault).length > 0) return;
    this.references.keep(workload, resolved);
    this.granted.specs.accept(workload);
  }

  #isUnknown(workload: WorkloadRecord, kind: ChildKind): boolean {
    return this.identityOf(workload) === undefined || workload.spec === undefined || this.isWithheld(workload, kind);
  }

  #unjudged(live: KubeObject): ChildRecord {
    return {
      type: "child",
      uid: live.metadata.uid ?? "",
      owner: controllerOf(live)?.uid,
      verdict: "unjudged",
      conformed: undefined,
      deviation: undefined,
      health: undefined,
      template: undefined,
      ...this.#rightsOf(live),
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
      owner: controllerOf(live)?.uid,
      health: rolloutHealth(live),
      template: live.kind === JOB.kind ? this.#templateOf(live, known?.template) : undefined,
      notice: noticeOf(live),
      ...this.#rightsOf(live),
      liftedByRun: liftedByRun(live),
    } as const;
    if (live.metadata.deletionTimestamp !== undefined)
      return { ...base, verdict: "deleting", conformed: undefined, deviation: undefined };
    const wanted = withLiveReplicas(desired.object, live, desired.replicas);
    const differences = judge(wanted, live, learned.isServerDefault);
    if (differences.length === 0) this.#noteTemplate(live, known, workload);
    if (differences.length === 0)
      return { ...base, verdict: "conforms", conformed: desired.digest, deviation: undefined };
    const paths = differences.map(({ path }) => path);
    const culprit = findCulprit(live.metadata.managedFields ?? [], paths, fieldManager);
    const verdict = verdictOn(desired, live, known, workload, culprit?.certain === true);
    if (verdict === "taken") this.#noteTemplate(live, known, workload);
    if (verdict === "drifted" && paths.some(isInTemplate)) this.#refuseTemplate(live, workload);
    const seenMs = known?.deviation?.seenMs ?? clock.monotonicMs();
    return { ...base, verdict, conformed: known?.conformed, deviation: { live, differences, culprit, seenMs } };
  }

  /** Only where it may have changed: a controller's status changes far more often than its spec. */
  #noteTemplate(live: KubeObject, known: ChildRecord | undefined, workload: WorkloadRecord | undefined): void {
    if (workload === undefined || templateIn(live) === undefined) return;
    const isSame = known?.verdict === "conforms" && known.health?.generation === live.metadata.generation;
    if (!isSame)
      this.ledger.note(workload.ref.uid, templateDigest(templateIn(live), this.granted.identityBehind(live)));
  }

  #refuseTemplate(live: KubeObject, workload: WorkloadRecord | undefined): void {
    if (workload === undefined) return;
    this.ledger.refuse(workload.ref.uid, templateDigest(templateIn(live), this.granted.identityBehind(live)));
  }

  #writerOf({ metadata }: KubeObject): Culprit | undefined {
    return findCulprit(metadata.managedFields ?? [], [["spec"], ["subjects"]], this.#options.fieldManager);
  }

  #shapeForeign(resource: Resource, live: KubeObject): Exclude<AnyChildRecord, ChildRecord> | undefined {
    const uid = live.metadata.uid ?? "";
    const culprit = this.#writerOf(live);
    const seenMs = this.#options.clock.monotonicMs();
    if (resource === NETWORK_POLICY) {
      return { type: "foreign-policy", uid, ...openingOf(live), culprit, seenMs };
    }
    if (resource === JOB && isRun(live)) return { type: "run", ...this.#templateOf(live) };
    const shape = FOREIGN_SHAPES.get(resource);
    if (shape !== undefined) return shape(live, culprit, seenMs);
    if (NAMESPACED_CNI_POLICIES.includes(resource)) {
      const opens = openedBy(resource, live);
      return opens.length === 0 ? undefined : { type: "foreign-cni-policy", uid, opens, culprit, seenMs };
    }
    const { role, binding } = this.#rightsOf(live);
    if (role !== undefined) return { type: "foreign-role", uid, role };
    return binding === undefined ? undefined : { type: "foreign-binding", uid, binding };
  }

  #rightsOf(live: KubeObject): Pick<ChildRecord, "role" | "binding"> {
    const { fieldManager, clock } = this.#options;
    if (live.kind === ROLE.kind) return { role: shapeRole(live, fieldManager) };
    if (live.kind !== ROLE_BINDING.kind) return {};
    return { binding: shapeBinding(live, fieldManager, clock.monotonicMs()) };
  }

  #templateOf(object: KubeObject, previous?: TemplateRecord): TemplateRecord {
    const nowMs = this.#options.clock.monotonicMs();
    const sighting = { identity: this.granted.identityBehind(object), culprit: this.#writerOf(object), nowMs };
    return shapeTemplate(object, previous, sighting);
  }

  /** Whatever mark is taken off it, its template shows whose it is, and cannot lose that. */
  #shapeMade(object: KubeObject, previous: TemplateRecord | undefined): TemplateRecord | undefined {
    if (!this.isEnrolled(object.metadata.namespace ?? "") || !couldBeOfWorkload(object)) return undefined;
    return this.#templateOf(object, previous);
  }

  #shapePod(object: KubeObject, previous: PodRecord | undefined): PodRecord | undefined {
    if (!this.isEnrolled(object.metadata.namespace ?? "")) return undefined;
    const identity = previous === undefined ? this.granted.identityBehind(object) : previous.identity;
    const culprit = findCulprit(object.metadata.managedFields ?? [], [["spec"]], this.#options.fieldManager);
    return shapePod(object, previous, { identity, culprit, nowMs: this.#options.clock.monotonicMs() });
  }
}

/** Records that are looked through for each workload of their namespace, since a selector is no key. */
const SELECTING: ReadonlySet<AnyChildRecord["type"]> = new Set([
  "foreign-policy",
  "foreign-cni-policy",
  "foreign-service",
  "foreign-budget",
  "foreign-maker",
]);

type ForeignShape = (
  live: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
) => Exclude<AnyChildRecord, ChildRecord> | undefined;

const FOREIGN_SHAPES: ReadonlyMap<Resource, ForeignShape> = new Map<Resource, ForeignShape>([
  [HORIZONTAL_POD_AUTOSCALER, shapeForeignScaler],
  [SCALED_OBJECT, shapeForeignScaler],
  [INGRESS, shapeForeignRoute],
  [HTTP_ROUTE, shapeForeignRoute],
  [SERVICE, shapeForeignService],
  [POD_DISRUPTION_BUDGET, shapeForeignBudget],
  ...CONTROLLER_KINDS.map(({ resource }) => [resource, shapeForeignMaker] as const),
]);

function servicesBehind(record: AnyChildRecord): readonly string[] {
  if (record.type === "foreign-route") return record.services;
  return record.type === "foreign-service" && record.aliasOf !== undefined ? [record.aliasOf] : [];
}

/** A run of a CronJob, whoever's that is. */
const isRun = (job: KubeObject): boolean => controllerOf(job)?.kind === CRON_JOB.kind && couldBeOfWorkload(job);

const groupOf = ({ spec }: KubeObject): string => (spec as { readonly group?: string } | undefined)?.group ?? "";

const isOptional = (resource: Resource): boolean =>
  NAMESPACED_CNI_POLICIES.includes(resource) ||
  CHILD_KINDS.some((kind) => kind.resource === resource && kind.optional === true);

/**
 * Ours by owner, by label or by having been seen. Only an object older than its workload that bears no mark of ours was
 * somebody's before; its age cannot be forged, so taking marks off a child never puts it out of reach (DRIFT 32, 33, 34).
 * It stays somebody's, whatever happens to it, until its adoption label names the workload.
 */
function verdictOn(
  desired: Desired,
  live: KubeObject,
  known: ChildRecord | undefined,
  workload: WorkloadRecord | undefined,
  certainCulprit: boolean,
): Verdict {
  if (workload !== undefined && !wasOurs(known) && !isOurs(live, workload)) {
    if (live.metadata.labels?.[ADOPT_LABEL] === workload.ref.name) return "outdated";
    if (createdMsOf(live) < workload.createdMs) return "taken";
  }
  return driftOrOutdated(desired, known, certainCulprit);
}

const OURS: ReadonlySet<Verdict> = new Set(["conforms", "outdated", "drifted", "surplus"]);

const wasOurs = (known: ChildRecord | undefined): boolean =>
  known !== undefined && (known.conformed !== undefined || OURS.has(known.verdict));

function isOurs(live: KubeObject, workload: WorkloadRecord): boolean {
  const owned = (live.metadata.ownerReferences ?? []).some(({ uid }) => uid === workload.ref.uid);
  return owned || workloadLabelOf(live) === workload.ref.name;
}

/** The latest writer but us of what keeps a namespace closed. */
function markWriter(object: KubeObject, fieldManager: string) {
  const paths = Object.keys(object.metadata.labels ?? {})
    .filter((label) => label.startsWith("pod-security.kubernetes.io/") || label === ENROLMENT_LABEL)
    .map((label) => ["metadata", "labels", label]);
  return findCulprit(object.metadata.managedFields ?? [], paths, fieldManager);
}

/** Undefined unless it is a Job whose run has ended. */
function liftedByRun(live: KubeObject): ReadonlySet<string> | undefined {
  const state = live.kind === JOB.kind ? rolloutHealth(live)?.run?.state : undefined;
  return state === "Complete" || state === "Failed" ? liftedIn(live) : undefined;
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
function shapeApiService(object: KubeObject): ApiServerAddress[] {
  const spec = (object["spec"] ?? {}) as ServiceSpec;
  return (spec.clusterIPs ?? []).flatMap((ip) => (spec.ports ?? []).map(({ port }) => ({ ip, port, virtual: true })));
}
