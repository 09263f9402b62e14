/** An in-memory multimap over the objects of one resource, kept with its cache. */
import type { KubeObject } from "./object.ts";

export interface Index {
  /** What the objects under `key` gave, in no order. */
  get(key: string): readonly unknown[];
}

/** What an object adds to an index: a value under each key. Pure. */
export type IndexOf = (object: KubeObject) => Readonly<Record<string, unknown>>;

export class ObjectIndex implements Index {
  readonly #of: IndexOf;
  /** Index key, then object key. */
  readonly #values = new Map<string, Map<string, unknown>>();
  readonly #keysOf = new Map<string, readonly string[]>();

  constructor(of: IndexOf) {
    this.#of = of;
  }

  get(key: string): readonly unknown[] {
    return [...(this.#values.get(key)?.values() ?? [])];
  }

  /** Replaces what `objectKey` gave. When the function throws, the object gives nothing, and the throw is passed on. */
  put(objectKey: string, object: KubeObject | undefined): void {
    for (const key of this.#keysOf.get(objectKey) ?? []) this.#remove(key, objectKey);
    this.#keysOf.delete(objectKey);
    if (object === undefined) return;
    const entries = Object.entries(this.#of(object));
    for (const [key, value] of entries) this.#valuesOf(key).set(objectKey, value);
    this.#keysOf.set(
      objectKey,
      entries.map(([key]) => key),
    );
  }

  #valuesOf(key: string): Map<string, unknown> {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const values = new Map<string, unknown>();
    this.#values.set(key, values);
    return values;
  }

  #remove(key: string, objectKey: string): void {
    const values = this.#values.get(key);
    values?.delete(objectKey);
    if (values?.size === 0) this.#values.delete(key);
  }
}
