/**
 * The only place where this process remembers things about one workload or one namespace that no object says. A record lasts
 * as long as the object of that uid, so the whole memory is bounded by what exists.
 */
import type { Cache } from "kopf-ts";
import { NamespaceMemory, newTerm, WorkloadMemory, type WorkloadTerm } from "./records/memory.ts";
import type { NamespaceRecord } from "./records/namespace.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** What a workload is remembered by. */
export type Remembered = Pick<WorkloadRecord, "key" | "ref">;

/** What tells whether an object still exists. */
type Followed<R> = Pick<Cache<R>, "get" | "onChange">;

export class Memory {
  readonly #workloads = new Map<string, WorkloadMemory>();
  readonly #namespaces = new Map<string, NamespaceMemory>();
  readonly #listeners: ((term: WorkloadTerm, uid: string) => void)[] = [];
  readonly #namespaceListeners: ((memory: NamespaceMemory) => void)[] = [];
  #liveWorkloads: Followed<WorkloadRecord> | undefined;
  #liveNamespaces: Followed<NamespaceRecord> | undefined;

  /** Called once, before the caches fill: an object that is seen to be gone takes its record along. */
  follow(workloads: Followed<WorkloadRecord>, namespaces: Followed<NamespaceRecord>): void {
    this.#liveWorkloads = workloads;
    this.#liveNamespaces = namespaces;
    workloads.onChange(({ old, new: now }) => {
      if (old !== undefined && old.ref.uid !== now?.ref.uid) this.#forgetWorkload(old.ref.uid);
    });
    namespaces.onChange(({ old, new: now }) => {
      if (old !== undefined && old.uid !== now?.uid) this.#forgetNamespace(old.uid);
    });
  }

  /**
   * The record of a workload, made when it is first asked for. A pass that still works on a workload that is gone gets a record
   * that nobody keeps.
   */
  of(workload: Remembered): WorkloadMemory {
    const { uid } = workload.ref;
    const known = this.#workloads.get(uid);
    if (known !== undefined) return known;
    const made = new WorkloadMemory();
    if (this.isKept(workload)) this.#workloads.set(uid, made);
    return made;
  }

  /** Whether the workload still exists, so that {@link Memory.of} gives a record that lasts. */
  isKept({ key, ref: { uid } }: Remembered): boolean {
    return this.#liveWorkloads?.get(key)?.ref.uid === uid;
  }

  /** The record of the namespace that exists under this name; one that nobody keeps where there is none. */
  ofNamespace(name: string): NamespaceMemory {
    const uid = this.#liveNamespaces?.get(name)?.uid;
    const known = uid === undefined ? undefined : this.#namespaces.get(uid);
    if (known !== undefined) return known;
    const made = new NamespaceMemory();
    if (uid !== undefined) this.#namespaces.set(uid, made);
    return made;
  }

  /** The record of a namespace as far as there is one: nothing is made for whoever only looks. */
  peekNamespace(name: string): NamespaceMemory | undefined {
    const uid = this.#liveNamespaces?.get(name)?.uid;
    return uid === undefined ? undefined : this.#namespaces.get(uid);
  }

  /** Told of the record of each namespace that is gone. */
  onNamespaceEnd(listener: (memory: NamespaceMemory) => void): void {
    this.#namespaceListeners.push(listener);
  }

  /** Another replica works on the workload from now on: what this one did and decided gives way to what is written. */
  endTerm({ ref: { uid } }: Remembered): void {
    this.#endTerm(uid);
  }

  /** Told of each term that ends, by a hand-over or because the workload is gone. */
  onTermEnd(listener: (term: WorkloadTerm, uid: string) => void): void {
    this.#listeners.push(listener);
  }

  /** How many records there are. */
  get size(): { readonly workloads: number; readonly namespaces: number } {
    return { workloads: this.#workloads.size, namespaces: this.#namespaces.size };
  }

  #forgetWorkload(uid: string): void {
    this.#endTerm(uid);
    this.#workloads.delete(uid);
  }

  #forgetNamespace(uid: string): void {
    const memory = this.#namespaces.get(uid);
    this.#namespaces.delete(uid);
    if (memory !== undefined) for (const listener of this.#namespaceListeners) listener(memory);
  }

  #endTerm(uid: string): void {
    const memory = this.#workloads.get(uid);
    const term = memory?.term ?? newTerm();
    if (memory !== undefined) memory.term = newTerm();
    for (const listener of this.#listeners) listener(term, uid);
  }
}
