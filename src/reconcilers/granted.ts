/** What the platform team grants, and what of it each workload has. Reads only. */
import { BASELINE_NAME, SECURITY_BASELINE } from "../crds/group.ts";
import type { Enrolment } from "../crds/v1alpha1/enrolment.ts";
import { type Identity, namedIdentity } from "../crds/v1alpha1/identity.ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import type { Cache, CacheOptions } from "../kopf/cache.ts";
import { type KubeObject, keyOf } from "../kopf/object.ts";
import { HostClaims } from "./host-claims.ts";
import { byAge, type WorkloadRecord, workloadLabelOf } from "./records.ts";
import {
  claimOf,
  claimsOf,
  decideExposure,
  type ExposureDecision,
  isExposable,
} from "./secure-workload/grants/exposure.ts";
import { mayRollOut } from "./secure-workload/grants/index.ts";
import type { Exposed } from "./secure-workload/resources/exposure.ts";
import type { ExposureFacts, PlatformFacts } from "./secure-workload/resources/input.ts";
import { GATEWAY, INGRESS_CLASS } from "./secure-workload/resources/kinds.ts";
import { type BaselineRecord, platformFacts, shapeBaseline } from "./security-baseline/record.ts";
import {
  type FoundWays,
  type GatewayRecord,
  type IngressClassRecord,
  offeredWay,
  shapeGateway,
  shapeIngressClass,
} from "./security-baseline/ways.ts";
import { SpecsInForce } from "./specs-in-force.ts";

export class Granted {
  /** The SecurityBaseline, where there is one. */
  readonly baselines: Cache<BaselineRecord>;
  readonly ingressClasses: Cache<IngressClassRecord>;
  readonly gateways: Cache<GatewayRecord>;
  /** Who exposes which host and path. */
  readonly claims = new HostClaims();
  readonly specs: SpecsInForce;
  #workloads: Cache<WorkloadRecord> | undefined;

  /** `areThere` says whether what a spec names is there: without it no spec comes into force. */
  constructor(
    cache: <R>(options: CacheOptions<R>) => Cache<R>,
    areThere: (workload: WorkloadRecord, spec: SecureWorkloadSpec) => boolean,
  ) {
    this.specs = new SpecsInForce(
      (workload, spec) => mayRollOut(spec, this.platform(workload.ref.namespace)) && areThere(workload, spec),
    );
    this.baselines = cache({ resource: SECURITY_BASELINE, shape: shapeBaseline, optional: true });
    this.ingressClasses = cache({ resource: INGRESS_CLASS, shape: shapeIngressClass });
    this.gateways = cache({ resource: GATEWAY, shape: shapeGateway, optional: true });
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

  /** The API group has come or gone. */
  refresh(group: string): void {
    if (group === GATEWAY.group) this.gateways.refresh();
  }

  /** What a namespace is granted. */
  platform(namespace: string): PlatformFacts {
    const facts = platformFacts(this.baselines.get(BASELINE_NAME), namespace);
    return { ...facts, exposure: offeredWay(facts.exposure, this.waysNamed(facts.exposure)) };
  }

  /** The state that the platform team holds a namespace in; undefined where it moves by itself. */
  heldEnrolment(namespace: string): Enrolment | undefined {
    return this.baselines.get(BASELINE_NAME)?.enrolments.get(namespace);
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

  /** The oldest of the workloads that claim it and could be exposed. */
  #holderOf(entry: Exposed): string | undefined {
    const claim = claimOf(entry);
    const able = [...this.claims.claimants(claim)]
      .flatMap((key) => this.#workloads?.get(key) ?? [])
      .filter((workload) => {
        const own = this.specs.of(workload)?.expose?.find((candidate) => claimOf(candidate) === claim);
        return own !== undefined && isExposable(own, this.platform(workload.ref.namespace));
      });
    return able.sort(byAge)[0]?.key;
  }
}
