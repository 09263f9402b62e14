/** Children that were there and are gone: told apart from those that were never made. */
import type { Clock } from "../../kopf/clock.ts";
import { keyOf } from "../../kopf/object.ts";
import type { WorkloadRecord } from "../records.ts";
import type { AnyChildRecord } from "../world.ts";
import type { ChildKind } from "./expand.ts";

export class Losses {
  readonly #clock: Clock;
  /** Workload key, then kind and name, to when the child was seen to be gone. */
  readonly #lost = new Map<string, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Told of every child that is gone, as it was last. What we ourselves removed is not a loss, as it was no longer wanted; nor is what went
   * with a workload of the same name that was there before.
   */
  onDeleted({ resource }: ChildKind, { key, ref }: WorkloadRecord, name: string, old: AnyChildRecord): void {
    if (old.type !== "child" || old.verdict === "surplus") return;
    if (old.owner !== undefined && old.owner !== ref.uid) return;
    const kinds = this.#lost.get(key) ?? new Map<string, number>();
    kinds.set(`${resource.kind}/${name}`, this.#clock.monotonicMs());
    this.#lost.set(key, kinds);
  }

  /** Since when a child is missing that was there; a child the status lists was there before this process started. */
  since(workload: WorkloadRecord, { resource, nameFor }: ChildKind): number | undefined {
    const child = `${resource.kind}/${nameFor(workload.ref.name)}`;
    const seen = this.#lost.get(keyOf(workload.ref))?.get(child);
    if (seen !== undefined) return seen;
    const listed = (workload.status.children ?? []).includes(child);
    return listed ? this.#clock.monotonicMs() : undefined;
  }

  clear(workload: WorkloadRecord): void {
    this.#lost.delete(workload.key);
  }
}
