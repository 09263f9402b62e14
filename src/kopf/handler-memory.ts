/** What this process knows of one object; losing it repeats handlers, which must bear that, and never skips one. */
import type { KubeObject } from "./object.ts";

export interface Memory {
  readonly uid: string;
  /** The handlers' own scratch. */
  readonly memo: Map<string, unknown>;
  /** When each timer is due, in monotonic milliseconds. */
  readonly due: Map<string, number>;
  /** Handlers that are through with the pass called `pass`. */
  done: Set<string>;
  pass: string;
  /** Handlers that gave up on the object as it is now. */
  gaveUp: Set<string>;
  essence: string;
  /** When `essence` last changed, in monotonic milliseconds. */
  changedMs: number;
  /** This process has handled the object before. */
  resumed: boolean;
}

export class Memories {
  readonly #memories = new Map<string, Memory>();

  /** The memory of this very object: one created again under the same name starts with none. */
  of(key: string, object: KubeObject): Memory {
    const uid = object.metadata.uid ?? "";
    const known = this.#memories.get(key);
    if (known?.uid === uid) return known;
    const fresh: Memory = {
      uid,
      memo: new Map(),
      due: new Map(),
      done: new Set(),
      pass: "",
      gaveUp: new Set(),
      essence: "",
      changedMs: 0,
      resumed: false,
    };
    this.#memories.set(key, fresh);
    return fresh;
  }

  forget(key: string): void {
    this.#memories.delete(key);
  }
}

/** A changed object is a new attempt for those that gave up on it. */
export function noteEssence(memory: Memory, essence: string, nowMs: number): void {
  if (memory.essence === essence) return;
  memory.essence = essence;
  memory.changedMs = nowMs;
  memory.gaveUp = new Set();
}
