import type { ObjectName } from "./object.ts";

export type IndexFunction<R> = (record: R, name: ObjectName) => readonly string[];

const NO_KEYS: ReadonlySet<string> = new Set();
const NOTHING: readonly never[] = [];

/** The values of one record, one list for each index: worked out before anything is changed, since an index function may throw. */
export type IndexValues = readonly (readonly string[])[];

/** Named multimaps from a value to the keys of the records that give it. */
export class CacheIndices<R> {
  readonly #functions: readonly IndexFunction<R>[];
  readonly #maps: readonly Map<string, Set<string>>[];
  readonly #positions: ReadonlyMap<string, number>;

  constructor(functions: Readonly<Record<string, IndexFunction<R>>>) {
    const names = Object.keys(functions);
    this.#functions = Object.values(functions);
    this.#maps = names.map(() => new Map());
    this.#positions = new Map(names.map((name, position) => [name, position]));
  }

  /** Undefined when there is no such index. */
  keys(index: string, value: string): ReadonlySet<string> | undefined {
    const position = this.#positions.get(index);
    if (position === undefined) return undefined;
    return this.#maps[position]?.get(value) ?? NO_KEYS;
  }

  /** One value for every record that gives none: most give none for most indices, and each is kept as long as its record. */
  valuesOf(record: R, name: ObjectName): IndexValues {
    const values = this.#functions.map((valuesOf) => {
      const ofIndex = valuesOf(record, name);
      return ofIndex.length === 0 ? NOTHING : ofIndex;
    });
    return values.every((ofIndex) => ofIndex === NOTHING) ? NOTHING : values;
  }

  add(key: string, values: IndexValues): void {
    values.forEach((ofIndex, position) => {
      const map = this.#maps[position];
      for (const value of ofIndex) {
        const keys = map?.get(value);
        if (keys === undefined) map?.set(value, new Set([key]));
        else keys.add(key);
      }
    });
  }

  remove(key: string, values: IndexValues): void {
    values.forEach((ofIndex, position) => {
      const map = this.#maps[position];
      for (const value of ofIndex) {
        const keys = map?.get(value);
        keys?.delete(key);
        if (keys?.size === 0) map?.delete(value);
      }
    });
  }
}
