/** Children that were there and are gone: told apart from those that were never made. */
import type { CacheChange } from "../../kopf/cache.ts";
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

  /** Told of every change of a child. A child that we ourselves removed is not a loss: it was no longer wanted. */
  onChange(kind: ChildKind, workloadKey: string, change: CacheChange<AnyChildRecord>): void {
    if (change.type !== "deleted" || change.old?.type !== "child" || change.old.verdict === "surplus") return;
    const kinds = this.#lost.get(workloadKey) ?? new Map<string, number>();
    kinds.set(`${kind.resource.kind}/${change.name.name}`, this.#clock.monotonicMs());
    this.#lost.set(workloadKey, kinds);
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
