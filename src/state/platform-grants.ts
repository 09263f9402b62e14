/** What the platform team grants, and what of it each workload has. Reads only. */
import { isDeepStrictEqual } from "node:util";
import { type Cache, type CacheOptions, type KubeObject, keyOf } from "kopf-ts";
import { BASELINE_NAME, SECURITY_BASELINE } from "../crds/group.ts";
import type { Enforcement } from "../crds/v1alpha1/enforcement.ts";
import { DEFAULT_LEAVE_OBSERVING_SECONDS, type Enrolment } from "../crds/v1alpha1/enrolment.ts";
import { type Identity, namedIdentity } from "../crds/v1alpha1/identity.ts";
import { networksOverlap } from "../crds/v1alpha1/networks.ts";
import type { PermissionRule } from "../crds/v1alpha1/permission-menu.ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { type Exposed, urlsOf } from "../expand/exposure.ts";
import type { CallerFacts, ExposureFacts, PermissionGrant, PlatformFacts, PodsOf } from "../expand/input.ts";
import { GATEWAY, INGRESS_CLASS } from "../kubernetes/kinds.ts";
import { workloadLabelOf } from "../names.ts";
import { beyond, rulesFrom } from "../rbac/rule.ts";
import { AcceptedSpecs } from "./accepted-specs.ts";
import { claimOf, claimsOf, decideExposure, type ExposureDecision, isExposable } from "./grants/exposure.ts";
import { mayRollOut } from "./grants/rollout-gate.ts";
import { HostClaims } from "./host-claims.ts";
import type { Memory } from "./memory.ts";
import type { NodeSupport } from "./pod-identity.ts";
import type { RightsWatch } from "./rbac-bindings.ts";
import {
  type FoundWays,
  type GatewayRecord,
  type IngressClassRecord,
  offeredWay,
  shapeGateway,
  shapeIngressClass,
} from "./records/gateway.ts";
import { type BaselineRecord, platformFacts, shapeBaseline } from "./records/security-baseline.ts";
import { byAge, type WorkloadRecord } from "./records/workload.ts";

export interface PlatformGrantsOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly memory: Memory;
  /** Whether what a spec names is there: without it no spec comes into force. */
  readonly areThere: (workload: WorkloadRecord, spec: SecureWorkloadSpec) => boolean;
  /** Whether a namespace has to wait although the baseline lets Palisade act in it. */
  readonly holdsBack: (namespace: string) => boolean;
  /** Where pods have their addresses. */
  readonly podNetworks: () => readonly string[];
}

export class PlatformGrants {
  /** The SecurityBaseline, where there is one. */
  readonly baselines: Cache<BaselineRecord>;
  readonly ingressClasses: Cache<IngressClassRecord>;
  readonly gateways: Cache<GatewayRecord>;
  /** Who exposes which host and path. */
  readonly claims = new HostClaims();
  readonly specs: AcceptedSpecs;
  readonly #holdsBack: PlatformGrantsOptions["holdsBack"];
  readonly #podNetworks: PlatformGrantsOptions["podNetworks"];
  #workloads: Cache<WorkloadRecord> | undefined;
  /** Whether the operator holds a rule in a namespace; nothing until its rights are followed. */
  #holds: (namespace: string, rule: PermissionRule) => boolean = () => false;
  /** By what the baseline says, until a way to expose hosts comes or goes. */
  #platforms = new WeakMap<PlatformFacts, PlatformFacts>();

  constructor({ cache, memory, areThere, holdsBack, podNetworks }: PlatformGrantsOptions) {
    this.#holdsBack = holdsBack;
    this.#podNetworks = podNetworks;
    this.specs = new AcceptedSpecs(
      memory,
      (workload, spec) => mayRollOut(spec, this.platform(workload.ref.namespace)) && areThere(workload, spec),
    );
    this.baselines = cache({ resource: SECURITY_BASELINE, shape: shapeBaseline, optional: true });
    this.ingressClasses = cache({ resource: INGRESS_CLASS, shape: shapeIngressClass });
    this.gateways = cache({ resource: GATEWAY, shape: shapeGateway, optional: true });
    for (const ways of [this.ingressClasses, this.gateways] as readonly Cache<unknown>[])
      ways.onChange(() => {
        this.#platforms = new WeakMap();
      });
    this.specs.onChange(({ key }, spec) => this.claims.set(key, spec === undefined ? [] : claimsOf(spec)));
  }

  /** The caches that must be in sync before anything is decided by what they hold. */
  get caches(): readonly Cache<unknown>[] {
    return [this.baselines, this.ingressClasses, this.gateways] as readonly Cache<unknown>[];
  }

  /** Called once, with the cache of workloads, before it is filled. */
  follow(workloads: Cache<WorkloadRecord>): void {
    this.#workloads = workloads;
    this.specs.follow(workloads, this.baselines as Cache<unknown>);
  }

  /** Called once: what the operator, the `subject`, holds of what it may grant. */
  followRights(rights: Pick<RightsWatch, "heldBy" | "onChangeOf">, subject: string): void {
    this.#holds = (namespace, { resourceNames = [], ...rule }) =>
      beyond(rulesFrom([{ ...rule, resourceNames }]), rights.heldBy(subject, namespace)).length === 0;
    rights.onChangeOf(subject, () => {
      this.#platforms = new WeakMap();
    });
  }

  /** The API group has come or gone. */
  refresh(group: string): void {
    if (group === GATEWAY.group) this.gateways.refresh();
  }

  /** What a namespace is granted: the same value as long as nothing changes. */
  platform(namespace: string): PlatformFacts {
    const said = platformFacts(this.baselines.get(BASELINE_NAME), namespace);
    const known = this.#platforms.get(said);
    if (known !== undefined) return known;
    const platform = {
      ...said,
      gateway: this.#withoutPods(said.gateway),
      monitoring: this.#withoutPods(said.monitoring),
      ...(said.internet === undefined ? {} : { internet: { podNetworks: this.#podNetworks() } }),
      ...(said.permissions === undefined ? {} : { permissions: said.permissions.map(this.#heldOf(namespace)) }),
      exposure: offeredWay(said.exposure, this.waysNamed(said.exposure)),
    };
    this.#platforms.set(said, platform);
    return platform;
  }

  /** The networks of a caller that hold pods, each with one that they hold: a rule for them would let every pod call. */
  podNetworksIn({ cidrs }: CallerFacts): readonly (readonly [string, string])[] {
    if (cidrs.length === 0) return [];
    const networks = this.#podNetworks();
    return cidrs.flatMap((cidr) => {
      const held = networks.find((network) => networksOverlap(cidr, network));
      return held === undefined ? [] : [[cidr, held] as const];
    });
  }

  /** Pods of any namespace that it lets in, or lets workloads name as peers. */
  podsNamed(): readonly PodsOf[] {
    const baseline = this.baselines.get(BASELINE_NAME);
    if (baseline === undefined) return [];
    const callers = [baseline.everywhere.gateway, baseline.everywhere.monitoring];
    return [
      ...callers.flatMap((caller) => caller?.pods ?? []),
      ...[...baseline.namespaces.values()].flatMap(({ pods = [] }) => pods),
    ];
  }

  #heldOf(namespace: string): (grant: PermissionGrant) => PermissionGrant {
    return (grant) => ({ ...grant, held: grant.rules.filter((rule) => this.#holds(namespace, rule)) });
  }

  #withoutPods(caller: CallerFacts | undefined): CallerFacts | undefined {
    if (caller === undefined) return undefined;
    const held = new Set(this.podNetworksIn(caller).map(([cidr]) => cidr));
    const cidrs = caller.cidrs.filter((cidr) => !held.has(cidr));
    return caller.pods === undefined && cidrs.length === 0 ? undefined : { ...caller, cidrs };
  }

  /** Networks of pods come and go with nodes. */
  followNodes(nodes: Cache<NodeSupport>): void {
    nodes.onChange(({ old, new: now }) => {
      if (!isDeepStrictEqual(old?.podNetworks, now?.podNetworks)) this.#platforms = new WeakMap();
    });
  }

  /** The state that the platform team holds a namespace in; undefined where it moves by itself. */
  heldEnrolment(namespace: string): Enrolment | undefined {
    return this.baselines.get(BASELINE_NAME)?.enrolments.get(namespace);
  }

  /** For how long nothing foreign may make pods in a namespace before it leaves Observing. */
  leaveObservingAfterMs(): number {
    return this.baselines.get(BASELINE_NAME)?.leaveObservingAfterMs ?? DEFAULT_LEAVE_OBSERVING_SECONDS * 1_000;
  }

  /** Whether Palisade acts in a namespace; it does unless the SecurityBaseline says otherwise, or pods could not start there. */
  enforcement(namespace: string): Enforcement {
    if (this.#holdsBack(namespace)) return "Report";
    return this.baselines.get(BASELINE_NAME)?.enforcement(namespace) ?? "Enforce";
  }

  /** Whether the replica that asks has written down that it does not know the control plane. */
  isToldUnknown(): boolean {
    const conditions = this.baselines.get(BASELINE_NAME)?.status.conditions ?? [];
    return conditions.some(
      ({ type, reason }) => type === "ControlPlaneUnknown" && reason === "ControlPlaneUserUnknown",
    );
  }

  /** Who may change the Secrets that workloads of a namespace name; whoever RBAC lets where it is empty. */
  secretWriters(namespace: string): readonly string[] {
    return this.baselines.get(BASELINE_NAME)?.secretWriters(namespace) ?? [];
  }

  /** Where images may come from, all over the cluster; undefined where the platform team named no registry. */
  registries(): readonly string[] | undefined {
    return this.baselines.get(BASELINE_NAME)?.everywhere.registries;
  }

  /** What a workload's namespace was granted when its declared spec came into force, if ever it did. */
  platformOnceFor({ ref, spec }: WorkloadRecord): PlatformFacts {
    const platform = this.platform(ref.namespace);
    const named = spec?.identity === undefined ? undefined : namedIdentity(spec.identity);
    return named === undefined ? platform : { ...platform, identities: [...platform.identities, named] };
  }

  /** What stands in the cluster under these names. */
  waysNamed({ ingressClass, gateway }: ExposureFacts): FoundWays {
    return {
      ingressClass: ingressClass === undefined ? undefined : this.ingressClasses.get(ingressClass),
      gateway: gateway === undefined ? undefined : this.gateways.get(keyOf(gateway)),
    };
  }

  /** The spec that the children follow; the declared one where no other is known. Undefined for a workload that has none. */
  specOf(workload: WorkloadRecord): SecureWorkloadSpec | undefined {
    return workload.spec === undefined ? undefined : (this.specs.of(workload) ?? workload.spec);
  }

  /** The generation whose spec the children follow; undefined while that is not the latest one. */
  follows(workload: WorkloadRecord): number | undefined {
    return this.specs.of(workload) === workload.spec ? workload.generation : undefined;
  }

  /**
   * The cloud identity of the workload that a pod or ReplicaSet bears the label of. It was granted when the spec came into force,
   * and is not asked for again: pods that have it outlast the grant.
   */
  identityBehind(object: KubeObject): Identity | undefined {
    const { namespace = "" } = object.metadata;
    const workload = this.#workloads?.get(keyOf({ namespace, name: workloadLabelOf(object) ?? "" }));
    return workload === undefined ? undefined : this.specOf(workload)?.identity;
  }

  /** What of a workload is exposed, and what is not and why. */
  exposure(workload: WorkloadRecord): ExposureDecision {
    const { key, ref } = workload;
    return decideExposure(key, this.specOf(workload) ?? {}, this.platform(ref.namespace), (entry) =>
      this.#holderOf(entry),
    );
  }

  /** Of the workloads that claim it and could be exposed the one that is, as its status records: an older one that claims it later waits. Else the oldest. */
  #holderOf(entry: Exposed): string | undefined {
    const claim = claimOf(entry);
    const able = [...this.claims.claimants(claim)]
      .flatMap((key) => this.#workloads?.get(key) ?? [])
      .filter((workload) => {
        const own = this.specs.of(workload)?.expose?.find((candidate) => claimOf(candidate) === claim);
        return own !== undefined && isExposable(own, this.platform(workload.ref.namespace));
      });
    const [url = ""] = urlsOf([entry]);
    const recorded = able.filter(({ status }) => status.urls?.includes(url) === true);
    return (recorded.length === 0 ? able : recorded).sort(byAge)[0]?.key;
  }
}
