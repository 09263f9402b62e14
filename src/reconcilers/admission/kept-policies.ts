/** The policy controller's view of policies and bindings: the desired ones and their comparison, computed on every event. Read-only. */
import { type Cache, type CacheOptions, type Clock, hashOf, type KubeObject, type Resource } from "kopf-ts";
import { POLICY_LABELS, POLICY_PREFIX } from "../../admission/policy.ts";
import { compare } from "../../plan/compare.ts";
import type { Desired } from "../../plan/desired.ts";
import { findFieldManager } from "../../plan/field-owner.ts";
import type { LearnedDefaults } from "../../plan/learned-defaults.ts";
import { type AnyChildRecord, type ChildRecord, type Comparison, driftedOrStale } from "../../state/records/child.ts";
import { ADMISSION_KINDS, keyOfPolicy, keysOf } from "./kinds.ts";
import type { PolicyOwner } from "./owner.ts";

export interface KeptPoliciesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly learned: LearnedDefaults;
  /** Every policy and binding of this version. */
  readonly objects: readonly KubeObject[];
  readonly owner: PolicyOwner;
}

export class KeptPolicies {
  readonly caches: ReadonlyMap<Resource, Cache<AnyChildRecord>>;
  readonly #options: KeptPoliciesOptions;
  readonly #objects: ReadonlyMap<string, KubeObject>;

  constructor(options: KeptPoliciesOptions) {
    this.#options = options;
    this.#objects = new Map(keysOf(options.objects).map((key, index) => [key, options.objects[index] as KubeObject]));
    const after = [options.owner.cache as Cache<unknown>];
    this.caches = new Map(
      ADMISSION_KINDS.map((resource) => [
        resource,
        options.cache<AnyChildRecord>({ resource, after, shape: (live, previous) => this.#shape(live, previous) }),
      ]),
    );
  }

  /** Required objects, and existing ones of ours. */
  keys(): readonly string[] {
    const standing = [...this.caches].flatMap(([{ kind }, cache]) =>
      [...cache.entries()].map(([name]) => keyOfPolicy(kind, name)),
    );
    return [...new Set([...this.#objects.keys(), ...standing])];
  }

  desired(key: string): Desired | undefined {
    const object = this.#objects.get(key);
    if (object === undefined) return undefined;
    const ownerReferences = this.#options.owner.references();
    const owned =
      ownerReferences.length === 0 ? object : { ...object, metadata: { ...object.metadata, ownerReferences } };
    return { object: owned, digest: hashOf(owned) };
  }

  #shape(live: KubeObject, previous: AnyChildRecord | undefined): ChildRecord | undefined {
    const desired = this.desired(keyOfPolicy(live.kind, live.metadata.name));
    if (desired === undefined) return isOurs(live) ? recordOf(live, "extraneous") : undefined;
    if (live.metadata.deletionTimestamp !== undefined) return recordOf(live, "deleting");
    const { learned, fieldManager, clock } = this.#options;
    const differences = compare(desired.object, live, learned.isServerDefault);
    if (differences.length === 0) return { ...recordOf(live, "inSync"), conformed: desired.digest };
    const known = previous?.type === "child" ? previous : undefined;
    const paths = differences.map(({ path }) => path);
    const changedBy = findFieldManager(live.metadata.managedFields ?? [], paths, fieldManager);
    const seenMs = known?.deviation?.seenMs ?? clock.monotonicMs();
    return {
      ...recordOf(live, driftedOrStale(desired, known, changedBy?.certain === true)),
      conformed: known?.conformed,
      deviation: { live, wanted: desired.object, digest: desired.digest, differences, changedBy, seenMs },
    };
  }
}

/** True for an object of another version that this one does not have. */
const isOurs = ({ metadata: { name, labels = {} } }: KubeObject): boolean =>
  name.startsWith(POLICY_PREFIX) && Object.entries(POLICY_LABELS).every(([key, value]) => labels[key] === value);

const recordOf = ({ metadata }: KubeObject, comparison: Comparison): ChildRecord => ({
  type: "child",
  ours: true,
  uid: metadata.uid ?? "",
  owner: undefined,
  comparison,
  conformed: undefined,
  deviation: undefined,
  health: undefined,
  template: undefined,
});
