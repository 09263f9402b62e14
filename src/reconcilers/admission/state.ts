/**
 * The operator's view of the admission policies: it only compares them, from every writer. Another process under another
 * account restores them (decision 0016).
 */
import type { Cache, CacheChange, CacheOptions, KubeObject, Resource } from "kopf-ts";
import { createdMsOf } from "../../kubernetes/metadata.ts";
import { compare } from "../../plan/compare.ts";
import { type FieldManager, findFieldManager } from "../../plan/field-owner.ts";
import { canBeDefault } from "../../plan/learned-defaults.ts";
import { ADMISSION_KINDS, keyOfPolicy, keysOf } from "./kinds.ts";

/** One existing policy or binding. */
interface StandingRecord {
  readonly conforms: boolean;
  /** Milliseconds since the epoch; the server sets it. */
  readonly createdMs: number;
  /** The field manager of a difference; never the policy controller. */
  readonly changedBy: FieldManager | undefined;
}

/** A reverted change. */
export interface PutBack {
  readonly object: string;
  readonly changedBy: FieldManager | undefined;
}

export interface AdmissionStateOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  /** Every required policy and binding. */
  readonly objects: readonly KubeObject[];
  /** The field manager of who keeps them. */
  readonly keeper: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class AdmissionState {
  readonly #expected: ReadonlyMap<string, KubeObject>;
  readonly #keeper: string;
  readonly #caches: ReadonlyMap<string, Cache<StandingRecord>>;
  /** Since when an object that was seen otherwise conforms, in milliseconds since the epoch. */
  readonly #restored = new Map<string, number>();
  readonly #changed = new Map<string, FieldManager | undefined>();
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;
  #last: PutBack | undefined;

  constructor({ cache, objects, keeper, now = () => 0 }: AdmissionStateOptions) {
    this.#keeper = keeper;
    this.#now = now;
    this.#expected = new Map(keysOf(objects).map((key, index) => [key, objects[index] as KubeObject]));
    const kinds = objects.length === 0 ? [] : ADMISSION_KINDS;
    this.#caches = new Map(
      kinds.map((resource) => [resource.kind, cache({ resource, shape: (live) => this.#shape(resource, live) })]),
    );
    for (const [kind, standing] of this.#caches)
      standing.onChange((change) => this.#note(keyOfPolicy(kind, change.name.name), change));
  }

  /** Number of required policies and bindings. */
  get size(): number {
    return this.#expected.size;
  }

  isWhole(): boolean {
    return this.missing().length === 0;
  }

  /** Missing or modified ones. */
  missing(): readonly string[] {
    return [...this.#expected].flatMap(([key, { kind, metadata }]) =>
      this.#caches.get(kind)?.get(metadata.name)?.conforms === true ? [] : [key],
    );
  }

  /** The latest foreign change that is restored, since this process started. */
  last(): PutBack | undefined {
    return this.#last;
  }

  /**
   * Milliseconds since the epoch from which these policies and their bindings have stood as this version wants them; undefined while one
   * does not.
   */
  standingSince(policies: readonly string[]): number | undefined {
    const keys = [...this.#expected].flatMap(
      ([
        key,
        {
          metadata: { name },
        },
      ]) => (policies.some((policy) => name === policy || name.startsWith(`${policy}-`)) ? [key] : []),
    );
    const since = keys.map((key) => this.#sinceOf(key));
    const known = since.filter((ms) => ms !== undefined);
    return known.length === 0 || known.length < keys.length ? undefined : Math.max(...known);
  }

  #sinceOf(key: string): number | undefined {
    const object = this.#expected.get(key);
    const record = object && this.#caches.get(object.kind)?.get(object.metadata.name);
    return record?.conforms === true ? Math.max(record.createdMs, this.#restored.get(key) ?? 0) : undefined;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Compares only the spec: the policy controller handles labels and owner. Additions of a newer API server are no difference. */
  #shape({ kind }: Resource, live: KubeObject): StandingRecord | undefined {
    const { name, managedFields = [] } = live.metadata;
    const desired = this.#expected.get(keyOfPolicy(kind, name));
    if (desired === undefined) return undefined;
    const bare = (object: KubeObject): KubeObject => ({ ...object, metadata: { name } });
    const differences = compare(bare(desired), bare(live), canBeDefault);
    const paths = differences.map(({ path }) => path);
    const conforms = differences.length === 0;
    const createdMs = createdMsOf(live);
    return {
      conforms,
      createdMs,
      changedBy: conforms ? undefined : findFieldManager(managedFields, paths, this.#keeper),
    };
  }

  #note(key: string, { type, old, new: now, initial }: CacheChange<StandingRecord>): void {
    if (now?.conforms === true && !initial && old?.conforms !== true) this.#restored.set(key, this.#now());
    if (now?.conforms === true) {
      if (this.#changed.has(key)) this.#last = { object: key, changedBy: this.#changed.get(key) };
      this.#changed.delete(key);
    } else if (type === "deleted" ? old !== undefined : !initial && now?.changedBy !== undefined)
      this.#changed.set(key, now?.changedBy);
    for (const listener of this.#listeners) listener();
  }
}
