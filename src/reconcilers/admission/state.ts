/**
 * Whether prevention stands, as the operator sees it in the cluster: it compares, whoever wrote, and writes nothing itself. Keeping the
 * policies is another process' task, under another account (decision 0016).
 */
import type { Cache, CacheChange, CacheOptions } from "../../kopf/cache.ts";
import type { KubeObject } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { type Culprit, findCulprit } from "../../plan/culprit.ts";
import { judge } from "../../plan/judge.ts";
import { canBeDefault } from "../../plan/learned-defaults.ts";
import { ADMISSION_KINDS, keyOfPolicy, keysOf } from "./kinds.ts";

/** One policy or binding as it stands. */
interface StandingRecord {
  readonly conforms: boolean;
  /** Who changed it, where it does not conform; never the keeper. */
  readonly culprit: Culprit | undefined;
}

/** What somebody changed, and was undone. */
export interface PutBack {
  readonly object: string;
  readonly culprit: Culprit | undefined;
}

export interface AdmissionStateOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  /** Every policy and binding that must stand. */
  readonly objects: readonly KubeObject[];
  /** The field manager of who keeps them. */
  readonly keeper: string;
}

export class AdmissionState {
  readonly #expected: ReadonlyMap<string, KubeObject>;
  readonly #keeper: string;
  readonly #caches: ReadonlyMap<string, Cache<StandingRecord>>;
  readonly #changed = new Map<string, Culprit | undefined>();
  readonly #listeners = new Set<() => void>();
  #last: PutBack | undefined;

  constructor({ cache, objects, keeper }: AdmissionStateOptions) {
    this.#keeper = keeper;
    this.#expected = new Map(keysOf(objects).map((key, index) => [key, objects[index] as KubeObject]));
    const kinds = objects.length === 0 ? [] : ADMISSION_KINDS;
    this.#caches = new Map(
      kinds.map((resource) => [resource.kind, cache({ resource, shape: (live) => this.#shape(resource, live) })]),
    );
    for (const [kind, standing] of this.#caches)
      standing.onChange((change) => this.#note(keyOfPolicy(kind, change.name.name), change));
  }

  /** How many policies and bindings there must be. */
  get size(): number {
    return this.#expected.size;
  }

  isWhole(): boolean {
    return this.missing().length === 0;
  }

  /** Those that are not there, or not as they must be. */
  missing(): readonly string[] {
    return [...this.#expected].flatMap(([key, { kind, metadata }]) =>
      this.#caches.get(kind)?.get(metadata.name)?.conforms === true ? [] : [key],
    );
  }

  /** What was changed last by somebody and stands again, since this process looks. */
  last(): PutBack | undefined {
    return this.#last;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Only what it says is compared: its labels and its owner are the keeper's business. What a newer API server adds is no difference. */
  #shape({ kind }: Resource, live: KubeObject): StandingRecord | undefined {
    const { name, managedFields = [] } = live.metadata;
    const desired = this.#expected.get(keyOfPolicy(kind, name));
    if (desired === undefined) return undefined;
    const bare = (object: KubeObject): KubeObject => ({ ...object, metadata: { name } });
    const differences = judge(bare(desired), bare(live), canBeDefault);
    const paths = differences.map(({ path }) => path);
    const conforms = differences.length === 0;
    return { conforms, culprit: conforms ? undefined : findCulprit(managedFields, paths, this.#keeper) };
  }

  #note(key: string, { type, old, new: now, initial }: CacheChange<StandingRecord>): void {
    if (now?.conforms === true) {
      if (this.#changed.has(key)) this.#last = { object: key, culprit: this.#changed.get(key) };
      this.#changed.delete(key);
    } else if (type === "deleted" ? old !== undefined : !initial && now?.culprit !== undefined)
      this.#changed.set(key, now?.culprit);
    for (const listener of this.#listeners) listener();
  }
}
