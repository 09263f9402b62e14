/** Which pods somebody may have been inside of, once break-glass is over. */

import type { Memory, Remembered } from "./memory.ts";

export interface EndedEntry {
  readonly name: string;
  readonly expires: string;
  /** When it ended, RFC 3339 in seconds. */
  readonly closed: string;
}

export interface EnteredPod {
  readonly uid: string;
  readonly createdMs: number;
}

/** A name may be given again; an instant is not. */
export const identityOf = ({ name, expires }: Pick<EndedEntry, "name" | "expires">): string => `${name} ${expires}`;

export class EnteredPods {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /**
   * The uids of those of `pods` that were there while the exception was in force. Creation times decide at the first look, and after a restart;
   * later pods are new whatever the clocks of two machines say, so that none is replaced for ever.
   */
  among(workload: Remembered, entry: EndedEntry, pods: readonly EnteredPod[]): ReadonlySet<string> {
    const memory = this.#memory.of(workload);
    memory.enteredPods ??= new Map();
    const identity = identityOf(entry);
    const atEnd =
      memory.enteredPods.get(identity) ?? new Set(pods.filter((pod) => wasThere(pod, entry)).map(({ uid }) => uid));
    memory.enteredPods.set(identity, atEnd);
    return new Set(pods.map(({ uid }) => uid).filter((uid) => atEnd.has(uid)));
  }

  /** The same where {@link among} was asked before; else none, and nothing is settled by asking. */
  knownAmong(workload: Remembered, entry: EndedEntry, pods: readonly EnteredPod[]): ReadonlySet<string> {
    const isKnown = this.#memory.of(workload).enteredPods?.has(identityOf(entry)) ?? false;
    return isKnown ? this.among(workload, entry, pods) : new Set();
  }
}

/** Creation times are told in whole seconds: a pod of the very second counts as one that was there. */
const wasThere = ({ createdMs }: EnteredPod, { closed }: EndedEntry): boolean => createdMs <= Date.parse(closed);
