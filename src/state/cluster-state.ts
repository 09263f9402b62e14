/**
 * Everything the reconcilers know of the cluster: the caches, and what is drawn from them. It only puts the parts together; each
 * part knows what it is given. Reads only; every write is made elsewhere.
 */

import { type Cache, type CacheOptions, type Clock, type KubeObject, keyOf, nameOf, type Resource } from "kopf-ts";
import { ENROLMENT_LABEL } from "../crds/group.ts";
import type { Enrolment } from "../crds/v1alpha1/enrolment.ts";
import type { SecureWorkloadSpec, SecureWorkloadStatus } from "../crds/v1alpha1/secure-workload.ts";
import type { ChildKind } from "../expand/child-kinds.ts";
import type { ClusterFacts, PlatformFacts, PodIdentity } from "../expand/input.ts";
import type { LivingWorkload } from "../expand/ownership.ts";
import type { Installation } from "../installation.ts";
import { API_SERVICE, ROLE, ROLE_BINDING, VERTICAL_POD_AUTOSCALER } from "../kubernetes/kinds.ts";
import type { Desired } from "../plan/desired.ts";
import type { LearnedDefaults } from "../plan/learned-defaults.ts";
import type { RolloutHealth } from "../plan/rollout-status.ts";
import { operatorSubject } from "../rbac/subjects.ts";
import { AcceptedMutations } from "./accepted-mutations.ts";
import { Exceptions } from "./active-exceptions.ts";
import { childCaches } from "./child-caches.ts";
import { ChildComparison } from "./child-comparison.ts";
import { Claims } from "./claims.ts";
import { ClusterFactsWatch } from "./cluster-facts.ts";
import { ControlPlane } from "./control-plane.ts";
import { Decisions } from "./decisions.ts";
import { type Assumed, type DesiredOf, DesiredState } from "./desired-state.ts";
import { Enrolments } from "./enrolments.ts";
import { shapeForeign } from "./foreign-shapes.ts";
import { HandedLabels } from "./handed-labels.ts";
import { History } from "./history.ts";
import { Memory } from "./memory.ts";
import { Mutators } from "./mutators.ts";
import { namespaceCache } from "./namespace-cache.ts";
import type { NetworkWatch } from "./network-plugins.ts";
import { PlatformGrants } from "./platform-grants.ts";
import { PodCaches } from "./pod-caches.ts";
import { PodExplanations } from "./pod-explanations.ts";
import { PodGuard } from "./pod-guard.ts";
import type { NodeSupport, UserNamespaceSupport } from "./pod-identity.ts";
import { RightsWatch } from "./rbac-bindings.ts";
import type { AnyChildRecord } from "./records/child.ts";
import { type FactsAbout, FOREIGN_INDICES, type ForeignRecord } from "./records/foreign.ts";
import type { NamespaceRecord } from "./records/namespace.ts";
import type { NodeOffer } from "./records/node.ts";
import type { PodRecord } from "./records/pod.ts";
import { type ExceptionRecord, isFor } from "./records/security-exception.ts";
import type { TemplateRecord } from "./records/template.ts";
import type { WorkloadRecord } from "./records/workload.ts";
import { References, type ReferencesOptions } from "./references.ts";
import { Rollouts } from "./rollouts.ts";
import { namesChosenBy, ServiceNames } from "./service-names.ts";
import { TemplateHistory } from "./template-history.ts";
import { workloadCache } from "./workload-cache.ts";

export interface ClusterStateOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly podSecurityVersion: string;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  readonly nameServers?: readonly string[] | undefined;
  readonly learned: LearnedDefaults;
  /** Where Palisade itself is. */
  readonly installation: Installation;
  readonly imageResolver: ReferencesOptions["imageResolver"];
  readonly onError: ReferencesOptions["onError"];
}

export class ClusterState {
  readonly installation: Installation;
  readonly workloads: Cache<WorkloadRecord>;
  readonly namespaces: Cache<NamespaceRecord>;
  readonly verticalAutoscalers: Cache<ForeignRecord>;
  /** The API groups that are served, by `version.group`. */
  readonly apiGroups: Cache<string>;
  readonly children: ReadonlyMap<Resource, Cache<AnyChildRecord>>;
  /** Who makes and schedules pods. */
  readonly controlPlane = new ControlPlane();
  /** What is remembered of each workload and of each namespace. */
  readonly memory = new Memory();
  /** What the platform team grants. */
  readonly granted: PlatformGrants;
  /** What it lifts, for whom and for how long. */
  readonly exceptions: Exceptions;
  /** What specs name, and what that stands for. */
  readonly references: References;
  /** The persistent volume claims that specs declare. */
  readonly claims: Claims;
  /** The specs that were in force. */
  readonly history: History;
  /** Whose the Services are whose names specs choose. */
  readonly serviceNames: ServiceNames;
  /** Who may what, by RBAC. */
  readonly rights: RightsWatch;
  /** The templates that workloads had. */
  readonly ledger = new TemplateHistory(this.memory, ({ key }, digest) => this.#alive.isTemplateInUse(key, digest));
  /** What may change objects on their way in, and what it was found to add to pods. */
  readonly mutators: Mutators;
  readonly handedLabels = new HandedLabels(this);
  readonly podExplanations: PodExplanations;
  readonly acceptedMutations = new AcceptedMutations(this.memory);
  /** Since when nobody but the control plane could create or change pods of workloads. */
  readonly podGuard = new PodGuard((namespace) => this.namespaces.get(namespace)?.marks[ENROLMENT_LABEL] !== undefined);
  readonly #alive = {
    isTemplateInUse: (workload: string, digest: string) => this.#pods.isTemplateInUse(workload, digest),
    podDigests: (workload: string) => this.#pods.digestsOf(workload),
  };
  readonly #facts: ClusterFactsWatch;
  readonly #enrolments: Enrolments;
  readonly #decisions: Decisions;
  readonly #rollouts: Rollouts;
  readonly #desired: DesiredState;
  readonly #pods: PodCaches;

  /** The SecureWorkload of a name, for `isOurs`. */
  readonly living: LivingWorkload = (name) => {
    const workload = this.workloads.get(keyOf(name));
    return workload && { uid: workload.ref.uid, serviceNames: namesChosenBy(workload) };
  };

  constructor(options: ClusterStateOptions) {
    this.installation = options.installation;
    const { cache, clock } = options;
    const { memory, ledger } = this;
    this.mutators = new Mutators(cache);
    this.podExplanations = new PodExplanations({ memory, clock, version: () => this.mutators.version, ...this.#alive });
    this.granted = new PlatformGrants({
      cache,
      memory,
      areThere: (workload, spec) => this.references.areThere(workload, spec),
      holdsBack: (namespace) => this.waitsForControlPlane(namespace),
      podNetworks: () => this.#facts.podNetworks(),
    });
    const hasWorkload = (exception: ExceptionRecord): boolean =>
      isFor(exception, this.workloads.get(exception.workload));
    this.exceptions = new Exceptions({ ...options, memory, hasWorkload });
    this.workloads = workloadCache(options, this.granted.caches);
    const { granted, exceptions, workloads } = this;
    this.references = new References({ ...options, workloads, granted, memory });
    granted.follow(workloads);
    this.claims = new Claims(cache, granted);
    this.history = new History({ ...options, granted, memory });
    this.namespaces = namespaceCache(options);
    this.serviceNames = new ServiceNames({ workloads, granted, namespaces: this.namespaces });
    const { references, namespaces, handedLabels, serviceNames } = this;
    memory.follow(workloads, namespaces);
    const childrenOf = this.childrenOf.bind(this);
    const isServed = this.isServed.bind(this);
    this.#facts = new ClusterFactsWatch({ ...options, workloads, isInstalled: (kind) => childrenOf(kind).isServed() });
    granted.followNodes(this.nodes);
    this.#enrolments = new Enrolments({ workloads, namespaces, memory });
    this.#decisions = new Decisions(memory, workloads);
    this.#rollouts = new Rollouts(granted, childrenOf);
    const parts = { enrolments: this.#enrolments, decisions: this.#decisions, rollouts: this.#rollouts };
    const known = { ...parts, handedLabels, memory, granted, references, exceptions, workloads, serviceNames };
    this.#desired = new DesiredState({ ...known, childrenOf, isServed, facts: () => this.#facts.current() });
    const comparison = new ChildComparison({
      ...options,
      ...known,
      desired: this.#desired,
      ledger,
      acceptedMutations: this.acceptedMutations,
      living: this.living,
    });
    const before = [workloads, exceptions.cache, references.configs.cache, ...this.#facts.caches];
    this.children = childCaches(cache, comparison, before as readonly Cache<unknown>[]);
    this.rights = new RightsWatch({ ...options, roles: childrenOf(ROLE), bindings: childrenOf(ROLE_BINDING) });
    granted.followRights(this.rights, operatorSubject(this.installation));
    this.verticalAutoscalers = verticalAutoscalerCache(options);
    this.apiGroups = cache({ resource: API_SERVICE, shape: groupOf });
    this.apiGroups.onChange(({ old, new: now }) => this.#refreshGroup(now ?? old ?? ""));
    this.#pods = new PodCaches({ ...options, ...known });
  }

  // ---- caches ----

  /** What of the cluster itself is watched. */
  get cluster(): ClusterFactsWatch {
    return this.#facts;
  }

  get nodes(): Cache<NodeSupport> {
    return this.#facts.nodes;
  }

  get network(): NetworkWatch {
    return this.#facts.network;
  }

  get pods(): Cache<PodRecord> {
    return this.#pods.pods;
  }

  get replicaSets(): Cache<TemplateRecord> {
    return this.#pods.replicaSets;
  }

  get revisions(): Cache<TemplateRecord> {
    return this.#pods.revisions;
  }

  get slices(): Cache<ForeignRecord<FactsAbout<"endpoint-slice">>> {
    return this.#pods.slices;
  }

  /** The cache of one child kind. Throws for a resource that is none. */
  childrenOf(resource: Resource): Cache<AnyChildRecord> {
    const cache = this.children.get(resource);
    if (cache === undefined) throw new Error(`${resource.kind} is not a child kind`);
    return cache;
  }

  /** The cache of a resource whose objects may be deleted as foreign objects; undefined for one that is not watched. */
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
    this.mutators.refresh(group);
    this.network.refresh(group);
  }

  // ---- what is known: each answered by the part that knows it ----

  facts(): ClusterFacts {
    return this.#facts.current();
  }

  platform(namespace: string): PlatformFacts {
    return this.granted.platform(namespace);
  }

  userNamespaceSupport(placement?: SecureWorkloadSpec["placement"]): UserNamespaceSupport {
    return this.#facts.userNamespaceSupport(placement);
  }

  nodeOffers(): readonly NodeOffer[] {
    return this.#facts.nodeOffers();
  }

  governed(): readonly string[] {
    return this.#enrolments.governed();
  }

  enrolmentOf(namespace: string): Enrolment | undefined {
    return this.#enrolments.of(namespace);
  }

  decideEnrolment(namespace: string, state: Enrolment): void {
    this.#enrolments.decide(namespace, state);
  }

  /** Whether a namespace is not enrolled, and is not to be while nobody knows whether its pods could start. What is enrolled stays guarded. */
  waitsForControlPlane(namespace: string): boolean {
    if (this.namespaces.get(namespace)?.marks[ENROLMENT_LABEL] !== undefined) return false;
    return (
      this.controlPlane.holdsBack() || (this.controlPlane.finding().kind === "unasked" && this.granted.isToldUnknown())
    );
  }

  enrolled(): readonly string[] {
    return this.#enrolments.enrolled();
  }

  isEnrolled(namespace: string): boolean {
    return this.#enrolments.isEnrolled(namespace);
  }

  isGoverned(namespace: string): boolean {
    return this.#enrolments.isGoverned(namespace);
  }

  workloadsIn(namespace: string): readonly WorkloadRecord[] {
    return this.#enrolments.workloadsIn(namespace);
  }

  oldestIn(namespace: string): WorkloadRecord | undefined {
    return this.#enrolments.oldestIn(namespace);
  }

  noteReported(workload: WorkloadRecord, status: SecureWorkloadStatus): void {
    this.#decisions.noteReported(workload, status);
  }

  isReported(workload: WorkloadRecord): boolean {
    return this.#decisions.isReported(workload);
  }

  identityOf(workload: WorkloadRecord): PodIdentity | undefined {
    return this.#decisions.identityOf(workload);
  }

  decideIdentity(workload: WorkloadRecord, identity: PodIdentity): void {
    this.#decisions.decideIdentity(workload, identity);
  }

  isUidTaken(uid: number, byOthersThan: WorkloadRecord): boolean {
    return this.#decisions.isUidTaken(uid, byOthersThan);
  }

  desired(workload: WorkloadRecord, kind: ChildKind, assumed: Assumed = {}): Desired | undefined {
    return this.#desired.of(workload, kind, assumed);
  }

  desiredOfEach(workload: WorkloadRecord): DesiredOf {
    return this.#desired.each(workload);
  }

  expanded(workload: WorkloadRecord): readonly KubeObject[] {
    return this.#desired.expanded(workload);
  }

  desiredDefaultDeny(namespace: string): Desired {
    return this.#desired.defaultDeny(namespace);
  }

  desiredGrant(resource: Resource, namespace: string, exception: string): Desired | undefined {
    return this.#desired.grant(resource, namespace, exception);
  }

  isWithheld(workload: WorkloadRecord, kind: ChildKind): boolean {
    return this.#rollouts.isWithheld(workload, kind);
  }

  isHeldRun(workload: WorkloadRecord): boolean {
    return this.#rollouts.isHeldRun(workload);
  }

  healthOf(workload: WorkloadRecord): RolloutHealth | undefined {
    return this.#rollouts.healthOf(workload);
  }

  controllerUid(workload: WorkloadRecord): string | undefined {
    return this.#rollouts.controllerUid(workload);
  }

  isRolledOut(workload: WorkloadRecord): boolean {
    return this.#rollouts.isRolledOut(workload);
  }

  copiesUsed({ key }: WorkloadRecord): ReadonlySet<string> {
    return this.#pods.copiesUsed(key);
  }

  /** What this replica decided in the namespace gives way to what stands written there: another decides from now on. */
  release(namespace: string): void {
    const memory = this.memory.ofNamespace(namespace);
    memory.enrolment = undefined;
    memory.clearSinceMs = undefined;
    memory.podSecurityLevel = undefined;
    for (const workload of this.workloadsIn(namespace)) this.memory.endTerm(workload);
  }

  /** Compares anew what was found off, by what is known now: while another replica wrote, objects came in no order. */
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
}

const verticalAutoscalerCache = ({ cache, clock, fieldManager }: ClusterStateOptions): Cache<ForeignRecord> =>
  cache({
    resource: VERTICAL_POD_AUTOSCALER,
    shape: (object) => shapeForeign(VERTICAL_POD_AUTOSCALER, object, { fieldManager, nowMs: clock.monotonicMs() }),
    indices: { scaled: FOREIGN_INDICES.scaled },
    optional: true,
  });

const groupOf = ({ spec }: KubeObject): string => (spec as { readonly group?: string } | undefined)?.group ?? "";
