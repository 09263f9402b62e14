/** Policies and bindings as the keeper knows them: what each must be, and the verdict on each, made as it arrives. Reads only. */
import { POLICY_LABELS, POLICY_PREFIX } from "../../admission/policy.ts";
import type { Cache, CacheOptions } from "../../kopf/cache.ts";
import { hashOf } from "../../kopf/causes.ts";
import type { Clock } from "../../kopf/clock.ts";
import type { KubeObject } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { findCulprit } from "../../plan/culprit.ts";
import { judge } from "../../plan/judge.ts";
import type { LearnedDefaults } from "../../plan/learned-defaults.ts";
import { type ChildRecord, driftOrOutdated, type Verdict } from "../records.ts";
import type { AnyChildRecord, Desired } from "../world.ts";
import { ADMISSION_KINDS, keyOfPolicy, keysOf } from "./kinds.ts";
import type { PolicyOwner } from "./owner.ts";

export interface KeptPoliciesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly learned: LearnedDefaults;
  /** Every policy and binding that this version has. */
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

  /** What there must be, and what of ours there is. */
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
    if (desired === undefined) return isOurs(live) ? recordOf(live, "surplus") : undefined;
    if (live.metadata.deletionTimestamp !== undefined) return recordOf(live, "deleting");
    const { learned, fieldManager, clock } = this.#options;
    const differences = judge(desired.object, live, learned.isServerDefault);
    if (differences.length === 0) return { ...recordOf(live, "conforms"), conformed: desired.digest };
    const known = previous?.type === "child" ? previous : undefined;
    const paths = differences.map(({ path }) => path);
    const culprit = findCulprit(live.metadata.managedFields ?? [], paths, fieldManager);
    const seenMs = known?.deviation?.seenMs ?? clock.monotonicMs();
    return {
      ...recordOf(live, driftOrOutdated(desired, known, culprit?.certain === true)),
      conformed: known?.conformed,
      deviation: { live, differences, culprit, seenMs },
    };
  }
}

/** Of another version of Palisade, where this one has nothing of the name. */
const isOurs = ({ metadata: { name, labels = {} } }: KubeObject): boolean =>
  name.startsWith(POLICY_PREFIX) && Object.entries(POLICY_LABELS).every(([key, value]) => labels[key] === value);

const recordOf = ({ metadata }: KubeObject, verdict: Verdict): ChildRecord => ({
  type: "child",
  uid: metadata.uid ?? "",
  owner: undefined,
  verdict,
  conformed: undefined,
  deviation: undefined,
  health: undefined,
  template: undefined,
});
