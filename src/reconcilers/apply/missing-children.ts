/** Children that were there and are gone: told apart from those that were never made. */

import type { Clock } from "kopf-ts";
import type { ChildKind } from "../../expand/child-kinds.ts";
import { actionKey } from "../../plan/action.ts";
import type { Memory } from "../../state/memory.ts";
import type { AnyChildRecord } from "../../state/records/child.ts";
import { forgetMissing, type ObjectMemory, objectMemory } from "../../state/records/memory.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";

/** How long a child that we delete only to create it again may be away. */
const RECREATED_WITHIN_MS = 120_000;

export class MissingChildren {
  readonly #clock: Clock;
  readonly #memory: Memory;

  constructor(clock: Clock, memory: Memory) {
    this.#clock = clock;
    this.#memory = memory;
  }

  /**
   * Told of every child that is gone, as it was last. What we ourselves removed is not a loss, as it was no longer wanted; nor is what went
   * with a workload of the same name that was there before.
   */
  onDeleted({ resource }: ChildKind, workload: WorkloadRecord, name: string, old: AnyChildRecord): void {
    const { uid, namespace } = workload.ref;
    if (old.type !== "child" || old.comparison === "extraneous") return;
    if (old.owner !== undefined && old.owner !== uid) return;
    const objects = this.#objects(workload);
    const key = actionKey({ resource, name: { namespace, name } });
    if (this.#isExpected(objects.get(key))) return;
    objectMemory(objects, key).missingSinceMs = this.#clock.monotonicMs();
  }

  /** Since when a child is missing that was there; a child the status lists was there before this process started. */
  since(workload: WorkloadRecord, { resource, nameFor }: ChildKind): number | undefined {
    const name = nameFor(workload.ref.name);
    const known = this.#objects(workload).get(
      actionKey({ resource, name: { namespace: workload.ref.namespace, name } }),
    );
    if (this.#isExpected(known)) return undefined;
    if (known?.missingSinceMs !== undefined) return known.missingSinceMs;
    const listed = (workload.status.children ?? []).includes(`${resource.kind}/${name}`);
    return listed ? this.#clock.monotonicMs() : undefined;
  }

  /** We delete this child now, and create it again: its absence is nobody's doing. */
  expect(workload: WorkloadRecord, { resource, nameFor }: ChildKind): void {
    const { namespace, name } = workload.ref;
    const key = actionKey({ resource, name: { namespace, name: nameFor(name) } });
    objectMemory(this.#objects(workload), key).recreatedUntilMs = this.#clock.monotonicMs() + RECREATED_WITHIN_MS;
  }

  /** Whether any child of the workload is on its way to be created again by us, or was a moment ago. */
  isExpected(workload: WorkloadRecord): boolean {
    return [...this.#objects(workload).values()].some((known) => this.#isExpected(known));
  }

  /** Nothing is missing any more. */
  clear(workload: WorkloadRecord): void {
    const objects = this.#objects(workload);
    for (const key of [...objects.keys()]) forgetMissing(objects, key);
  }

  #objects(workload: WorkloadRecord): Map<string, ObjectMemory> {
    return this.#memory.of(workload).term.objects;
  }

  #isExpected(known: ObjectMemory | undefined): boolean {
    return known?.recreatedUntilMs !== undefined && known.recreatedUntilMs > this.#clock.monotonicMs();
  }
}
