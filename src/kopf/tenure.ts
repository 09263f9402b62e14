/** The time in which this replica holds a shard, and which of them the code that runs right now belongs to. */
import { AsyncLocalStorage } from "node:async_hooks";

export interface Tenure {
  readonly shard: number;
  /** Aborts when what runs for the shard must end. */
  readonly signal: AbortSignal;
  /** Whether the shard is held at this very moment, in this very tenure: one that ended never comes back. */
  isHeld(): boolean;
}

const scope = new AsyncLocalStorage<Tenure>();

/** Everything that `work` does and waits for belongs to the tenure, however late it happens. */
export const inTenure = <T>(tenure: Tenure, work: () => T): T => scope.run(tenure, work);

export const currentTenure = (): Tenure | undefined => scope.getStore();
