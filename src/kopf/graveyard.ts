/**
 * What a cache remembers of objects that are gone, so that nothing that was on its way when they went brings them back:
 * an event, a page of a list begun earlier, the answer to a write.
 */
import type { Clock } from "./clock.ts";
import type { ObjectMeta } from "./object.ts";
import { compareVersions } from "./resource-version.ts";

/** Two facts that stand beside each other: either of them may tell that a state is late. */
interface Grave {
  /** The version up to which nothing is to be believed any more. */
  readonly version: string | undefined;
  /** It exists at `version`, and is not wanted: that same state may be judged again, since a verdict may change by itself. */
  readonly unwanted: boolean;
  /** The uid whose deletion the server has accepted from us. */
  readonly deletedUid: string | undefined;
  readonly untilMs: number;
}

/** Longer than anything stays on its way; a list that takes longer holds the graves open itself. */
const KEEP_MS = 60_000;

export class Graveyard {
  readonly #clock: Clock;
  readonly #graves = new Map<string, Grave>();
  #lists = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The server says that at `version` it was gone, or outside the selector. */
  bury(key: string, version: string): void {
    this.#dig(key, { version, unwanted: false });
  }

  /** It was kept until `version`, and is there, and is wanted no longer. */
  dismiss(key: string, version: string): void {
    this.#dig(key, { version, unwanted: true });
  }

  /** Our own deletion was accepted; at which version is not known. */
  buryDeleted(key: string, deletedUid: string): void {
    this.#dig(key, { deletedUid });
  }

  /**
   * True when this state of the object is from before it was gone. An object that only left a selector returns with a later
   * version. Our own deletion is taken back by a state that shows the object still there, waiting for its finalizers.
   */
  isBuried(key: string, { uid, resourceVersion = "", deletionTimestamp }: ObjectMeta): boolean {
    const grave = this.#graves.get(key);
    if (grave === undefined) return false;
    if (grave.deletedUid !== undefined && grave.deletedUid === uid && deletionTimestamp === undefined) return true;
    if (grave.version === undefined) return false;
    const order = compareVersions(resourceVersion, grave.version);
    return grave.unwanted ? order < 0 : order <= 0;
  }

  forget(key: string): void {
    if (this.#graves.size > 0) this.#graves.delete(key);
  }

  clear(): void {
    this.#graves.clear();
  }

  /** While a list is on its way every grave is kept. */
  listBegins(): void {
    this.#lists += 1;
  }

  listEnds(): void {
    this.#lists -= 1;
  }

  #dig(key: string, facts: Partial<Grave>): void {
    const nowMs = this.#clock.monotonicMs();
    this.#sweep(nowMs);
    const known = this.#graves.get(key) ?? { version: undefined, unwanted: false, deletedUid: undefined };
    // Deleted first, so that the map stays in the order of `untilMs`.
    this.#graves.delete(key);
    this.#graves.set(key, { ...known, ...facts, untilMs: nowMs + KEEP_MS });
  }

  #sweep(nowMs: number): void {
    if (this.#lists > 0) return;
    for (const [key, { untilMs }] of this.#graves) {
      if (untilMs > nowMs) break;
      this.#graves.delete(key);
    }
  }
}
