/**
 * What the API server makes of our own writes of a child and may stay: by field and value, for one desired object. A change of either ends it, so
 * another digest by somebody else's hand is a difference again. Kept with the workload.
 */
import { hashOf, type KubeObject, keyOf } from "kopf-ts";
import { valueAt } from "../plan/compare.ts";
import type { Desired } from "../plan/desired.ts";
import { type Difference, formatPath } from "../plan/diff.ts";
import type { Memory, Remembered } from "./memory.ts";

export class AcceptedMutations {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The server would store exactly this again. */
  accept(workload: Remembered, desired: Desired, live: KubeObject, differences: readonly Difference[]): void {
    const memory = this.#memory.of(workload);
    memory.acceptedMutations ??= new Map();
    const values = differences.map(({ path }) => [formatPath(path), hashOf(valueAt(live, path))] as const);
    memory.acceptedMutations.set(keyOfChild(live), { desired: desired.digest, values: new Map(values) });
  }

  isAccepted(workload: Remembered, desired: Desired, live: KubeObject, { path }: Difference): boolean {
    const known = this.#memory.of(workload).acceptedMutations?.get(keyOfChild(live));
    if (known === undefined || known.desired !== desired.digest) return false;
    return known.values.get(formatPath(path)) === hashOf(valueAt(live, path));
  }

  /** Paths by child, as `Deployment/web`. */
  of(workload: Remembered): readonly { readonly child: string; readonly paths: readonly string[] }[] {
    return [...(this.#memory.of(workload).acceptedMutations ?? [])].map(([key, { values }]) => ({
      child: key.replace(/^([^/]+)\/.*\/([^/]+)$/, "$1/$2"),
      paths: [...values.keys()],
    }));
  }
}

const keyOfChild = ({ kind, metadata }: KubeObject): string => `${kind}/${keyOf(metadata)}`;
