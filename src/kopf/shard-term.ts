/** A shard term is one period in which this replica holds a shard. Code knows the term it runs in. */
import { AsyncLocalStorage } from "node:async_hooks";

export interface ShardTerm {
  readonly shard: number;
  /** Aborts when handlers of the shard must end. */
  readonly signal: AbortSignal;
  /** Whether this term still holds the shard. A term that ended never holds it again. */
  isHeld(): boolean;
}

const scope = new AsyncLocalStorage<ShardTerm>();

/** Runs `work` in the term, with everything it starts, however late that happens. */
export const inShardTerm = <T>(term: ShardTerm, work: () => T): T => scope.run(term, work);

export const currentShardTerm = (): ShardTerm | undefined => scope.getStore();
