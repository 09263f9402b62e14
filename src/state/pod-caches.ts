/** Pods, what they are made from, and what leads to them, of the namespaces that hold workloads. Reads only. */
import { type Cache, type CacheOptions, type Clock, type KubeObject, keyOf, type Resource } from "kopf-ts";
import { CONTROLLER_REVISION, ENDPOINT_SLICE, POD, REPLICA_SET } from "../kubernetes/kinds.ts";
import { ownerOf } from "../kubernetes/metadata.ts";
import { findFieldManager } from "../plan/field-owner.ts";
import type { Enrolments } from "./enrolments.ts";
import { sighted, writerOf } from "./foreign-shapes.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import { type FactsAbout, type ForeignRecord, foreignRecord } from "./records/foreign.ts";
import { workloadsClaimedBy } from "./records/foreign-controller.ts";
import { endpointSliceFacts, NOT_OF_THE_CONTROLLER } from "./records/foreign-endpoint-slice.ts";
import { claimsOf, type PodRecord, shapePod } from "./records/pod.ts";
import { couldBeOfWorkload, shapeTemplate, type TemplateRecord } from "./records/template.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export interface PodCachesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly workloads: Cache<WorkloadRecord>;
  readonly granted: PlatformGrants;
  readonly enrolments: Enrolments;
}

export class PodCaches {
  readonly pods: Cache<PodRecord>;
  readonly replicaSets: Cache<TemplateRecord>;
  /** What StatefulSets and DaemonSets made their pods from. */
  readonly revisions: Cache<TemplateRecord>;
  /** EndpointSlices that the control plane does not keep. */
  readonly slices: Cache<ForeignRecord<FactsAbout<"endpoint-slice">>>;
  readonly #options: PodCachesOptions;

  constructor(options: PodCachesOptions) {
    this.#options = options;
    const { cache, workloads, clock, fieldManager } = options;
    this.replicaSets = this.#templates(REPLICA_SET);
    this.revisions = this.#templates(CONTROLLER_REVISION);
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
      after: [workloads, this.replicaSets, this.revisions] as readonly Cache<unknown>[],
    });
    this.slices = cache({
      resource: ENDPOINT_SLICE,
      labelSelector: NOT_OF_THE_CONTROLLER,
      shape: (object) => {
        const facts = endpointSliceFacts(object);
        if (facts === undefined) return undefined;
        return foreignRecord(facts, sighted(object, { fieldManager, nowMs: clock.monotonicMs() }));
      },
      indices: {
        service: ({ facts }, { namespace }) => [`${namespace}/${facts.service}`],
        address: ({ facts }, { namespace }) => facts.addresses.map((address) => `${namespace}/${address}`),
      },
    });
  }

  /** The copies of ConfigMaps that pods of a workload, by its `namespace/name`, use right now. */
  copiesUsed(workload: string): ReadonlySet<string> {
    return new Set(this.pods.byIndex("workload", workload).flatMap((pod) => this.pods.get(pod)?.copies ?? []));
  }

  /** The digests of what the pods of a workload, by its `namespace/name`, are made of. */
  digestsOf(workload: string): ReadonlySet<string> {
    return new Set(this.pods.byIndex("claims", workload).flatMap((pod) => this.pods.get(pod)?.parts.digest ?? []));
  }

  /** Whether something exists that a workload, by its `namespace/name`, makes pods from with this template. */
  isTemplateInUse(workload: string, digest: string): boolean {
    return [this.replicaSets, this.revisions].some((cache) =>
      cache.byIndex("claims", workload).some((key) => cache.get(key)?.digest === digest),
    );
  }

  #templates(resource: Resource): Cache<TemplateRecord> {
    return this.#options.cache({
      resource,
      shape: (object, previous) => this.#shapeMade(object, previous),
      indices: {
        owner: ({ owner }) => (owner === undefined ? [] : [owner.uid]),
        claims: (record, { namespace }) => workloadsClaimedBy(record, namespace),
      },
      after: [this.#options.workloads as Cache<unknown>],
    });
  }

  /** Whatever mark is taken off it, its template shows whose it is, and cannot lose that. */
  #shapeMade(object: KubeObject, previous: TemplateRecord | undefined): TemplateRecord | undefined {
    const { enrolments, granted, fieldManager, clock } = this.#options;
    if (!enrolments.isEnrolled(object.metadata.namespace ?? "") || !couldBeOfWorkload(object)) return undefined;
    return shapeTemplate(object, previous, {
      identity: granted.identityBehind(object),
      changedBy: writerOf(object, fieldManager),
      nowMs: clock.monotonicMs(),
    });
  }

  #shapePod(object: KubeObject, previous: PodRecord | undefined): PodRecord | undefined {
    const { enrolments, granted, fieldManager, clock } = this.#options;
    if (!enrolments.isEnrolled(object.metadata.namespace ?? "")) return undefined;
    const identity = previous === undefined ? granted.identityBehind(object) : previous.identity;
    const changedBy = findFieldManager(object.metadata.managedFields ?? [], [["spec"]], fieldManager);
    const owner = ownerOf(object)?.name ?? "";
    const ofOwner = this.replicaSets.get(keyOf({ ...object.metadata, name: owner }))?.parts;
    return shapePod(object, previous, { identity, ofOwner, changedBy, nowMs: clock.monotonicMs() });
  }
}
