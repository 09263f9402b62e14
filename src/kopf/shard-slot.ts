/** One shard on one replica: when to campaign for its Lease, when to hold it, when to hand it over. */
import type { Clock } from "./clock.ts";
import { createElector, type Elector, type ElectorOptions } from "./leader-election.ts";
import type { KubeObject } from "./object.ts";
import type { ShardTerm } from "./shard-term.ts";

/** Works on a shard until `closing` aborts or the term ends; resolves when its handlers have ended or need not be waited for. */
export type HoldShard = (term: ShardTerm, closing: AbortSignal) => Promise<void>;

export interface SlotOptions extends Omit<ElectorOptions, "leaseMs"> {
  readonly shard: number;
  readonly leaseMs: number;
  /** Whether this replica is a member. Only members hold shards. */
  readonly isMember: () => boolean;
  readonly hold: HoldShard;
  /** `takenAfterMs` is how long the previous holder, if any, had not renewed. */
  readonly onHeld: (takenAfterMs: number | undefined) => void;
  readonly onReleased: () => void;
  /** The work failed: the process must end. */
  readonly onFailed: (error: unknown) => void;
}

export class ShardSlot {
  readonly #options: SlotOptions;
  readonly #elector: Elector;
  readonly #clock: Clock;
  #campaign: { readonly closing: AbortController; readonly ended: Promise<void> } | undefined;
  #term: { readonly end: AbortController; readonly sinceMs: number; readonly rank: number } | undefined;
  #rank = 0;
  /** When the Lease was first found missing, in monotonic milliseconds. */
  #absentSinceMs: number | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#elector = createElector(options);
  }

  get lease(): string {
    return this.#options.name;
  }

  isHeld(): boolean {
    return this.#term !== undefined;
  }

  /** Takes the Lease from a list; undefined when there is none. */
  observe(lease: KubeObject | undefined): void {
    if (lease === undefined) this.#absentSinceMs ??= this.#clock.monotonicMs();
    else {
      this.#absentSinceMs = undefined;
      this.#elector.observe(lease);
    }
  }

  /** Rank 0 should hold the shard, rank 1 if rank 0 does not, and so on. */
  setRank(rank: number): void {
    this.#rank = rank;
    if (this.#isDue()) this.#begin();
    else this.#campaign?.closing.abort();
  }

  #isDue(): boolean {
    if (this.#rank === 0) return true;
    const patienceMs = 2 * this.#options.leaseMs;
    // A replica that took over for another keeps the shard for a while, so that it does not go back and forth.
    if (this.#term !== undefined)
      return this.#term.rank > 0 && this.#clock.monotonicMs() - this.#term.sinceMs < 10 * patienceMs;
    return this.#vacantMs() >= this.#rank * patienceMs;
  }

  #vacantMs(): number {
    if (this.#absentSinceMs !== undefined) return this.#clock.monotonicMs() - this.#absentSinceMs;
    return this.#elector.vacantMs() ?? 0;
  }

  /** Lets running handlers end, then releases the Lease. */
  async end(): Promise<void> {
    this.#campaign?.closing.abort();
    await this.#campaign?.ended;
  }

  /** Ends the work at once: this replica is no longer a member. */
  cut(): void {
    this.#term?.end.abort();
    this.#campaign?.closing.abort();
  }

  #begin(): void {
    if (this.#campaign !== undefined) return;
    const closing = new AbortController();
    const ended = this.#run(closing.signal)
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#campaign = undefined;
      });
    this.#campaign = { closing, ended };
  }

  async #run(closing: AbortSignal): Promise<void> {
    let working: Promise<void> = Promise.resolve();
    await this.#elector.run(closing, {
      onStarted: (lost) => {
        working = this.#hold(closing, lost);
        return working;
      },
    });
    // The elector does not wait for the work after a loss.
    await working;
  }

  async #hold(closing: AbortSignal, lost: AbortSignal): Promise<void> {
    const { shard, hold, onHeld, onReleased, isMember } = this.#options;
    const end = new AbortController();
    const onLost = (): void => end.abort();
    lost.addEventListener("abort", onLost, { once: true });
    this.#term = { end, sinceMs: this.#clock.monotonicMs(), rank: this.#rank };
    const term: ShardTerm = {
      shard,
      signal: end.signal,
      isHeld: () => !end.signal.aborted && this.#elector.isLeader() && isMember(),
    };
    onHeld(this.#elector.takenAfterMs());
    try {
      await hold(term, closing);
    } finally {
      end.abort();
      this.#term = undefined;
      onReleased();
    }
  }
}
