/**
 * Remembers deleted objects, so that a late event, a page of an earlier list or the answer to a write cannot bring them back
 * into a cache.
 */
import type { Clock } from "./clock.ts";
import type { ObjectMeta } from "./object.ts";
import { compareVersions } from "./resource-version.ts";

/** Either fact may show that a state is late. */
interface Tombstone {
  /** States up to this version are late. */
  readonly version: string | undefined;
  /** The object exists at `version` but is not kept. That version may be shaped again, since the decision may change. */
  readonly unwanted: boolean;
  /** The uid whose deletion, by us, the server accepted. */
  readonly deletedUid: string | undefined;
  readonly untilMs: number;
}

/** Longer than any answer takes. A list that takes longer keeps the tombstones itself. */
const KEEP_MS = 60_000;

export class Tombstones {
  readonly #clock: Clock;
  readonly #tombstones = new Map<string, Tombstone>();
  #lists = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** At `version` the object was deleted, or outside the selector. */
  add(key: string, version: string): void {
    this.#put(key, { version, unwanted: false });
  }

  /** The object was kept until `version`, still exists, and is no longer kept. */
  addUnwanted(key: string, version: string): void {
    this.#put(key, { version, unwanted: true });
  }

  /** The server accepted our deletion, at an unknown version. */
  addDeleted(key: string, deletedUid: string): void {
    this.#put(key, { deletedUid });
  }

  /**
   * True when this state is older than the deletion. An object that only left a selector returns with a later version. A
   * state that waits for its finalizers lifts the tombstone of our own deletion.
   */
  covers(key: string, { uid, resourceVersion = "", deletionTimestamp }: ObjectMeta): boolean {
    const tombstone = this.#tombstones.get(key);
    if (tombstone === undefined) return false;
    const { deletedUid, version, unwanted } = tombstone;
    if (deletedUid !== undefined && deletedUid === uid && deletionTimestamp === undefined) return true;
    if (version === undefined) return false;
    const order = compareVersions(resourceVersion, version);
    return unwanted ? order < 0 : order <= 0;
  }

  forget(key: string): void {
    if (this.#tombstones.size > 0) this.#tombstones.delete(key);
  }

  clear(): void {
    this.#tombstones.clear();
  }

  /** No tombstone expires during a list. */
  listBegins(): void {
    this.#lists += 1;
  }

  listEnds(): void {
    this.#lists -= 1;
  }

  #put(key: string, facts: Partial<Tombstone>): void {
    const nowMs = this.#clock.monotonicMs();
    this.#expire(nowMs);
    const known = this.#tombstones.get(key) ?? { version: undefined, unwanted: false, deletedUid: undefined };
    // Deleted first, so that the map stays in the order of `untilMs`.
    this.#tombstones.delete(key);
    this.#tombstones.set(key, { ...known, ...facts, untilMs: nowMs + KEEP_MS });
  }

  #expire(nowMs: number): void {
    if (this.#lists > 0) return;
    for (const [key, { untilMs }] of this.#tombstones) {
      if (untilMs > nowMs) break;
      this.#tombstones.delete(key);
    }
  }
}
