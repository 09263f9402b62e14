/** One shard, as one replica sees it: when to campaign for its Lease, when to hold it, when to hand it over. */
import type { Clock } from "./clock.ts";
import { createElector, type Elector, type ElectorOptions } from "./leader-election.ts";
import type { KubeObject } from "./object.ts";
import type { Tenure } from "./tenure.ts";

/** Works for a shard until `closing` aborts or the tenure ends; resolves when nothing of it is under way, or waited for, any more. */
export type HoldShard = (tenure: Tenure, closing: AbortSignal) => Promise<void>;

export interface SlotOptions extends Omit<ElectorOptions, "leaseMs"> {
  readonly shard: number;
  readonly leaseMs: number;
  /** Whether this replica is a member: without that it holds nothing. */
  readonly isMember: () => boolean;
  readonly hold: HoldShard;
  /** The shard is held now; `takenAfterMs` is how long its holder before had said nothing, where there was one. */
  readonly onHeld: (takenAfterMs: number | undefined) => void;
  readonly onGivenUp: () => void;
  /** The work failed, which ends the process. */
  readonly onFailed: (error: unknown) => void;
}

export class ShardSlot {
  readonly #options: SlotOptions;
  readonly #elector: Elector;
  readonly #clock: Clock;
  #campaign: { readonly closing: AbortController; readonly ended: Promise<void> } | undefined;
  #tenure: { readonly end: AbortController; readonly sinceMs: number; readonly rank: number } | undefined;
  #rank = 0;
  /** Since when there has been no Lease at all, in monotonic milliseconds. */
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
    return this.#tenure !== undefined;
  }

  /** Takes what a list says of the Lease; undefined when there is none. */
  see(lease: KubeObject | undefined): void {
    if (lease === undefined) this.#absentSinceMs ??= this.#clock.monotonicMs();
    else {
      this.#absentSinceMs = undefined;
      this.#elector.see(lease);
    }
  }

  /** This replica is the one that should hold it (0), or the next after it, and so on. */
  stand(rank: number): void {
    this.#rank = rank;
    if (this.#isDue()) this.#begin();
    else this.#campaign?.closing.abort();
  }

  #isDue(): boolean {
    if (this.#rank === 0) return true;
    const patienceMs = 2 * this.#options.leaseMs;
    // Whoever took it in the place of another keeps it for a while: the other could not take it, and it must not go to and fro.
    if (this.#tenure !== undefined)
      return this.#tenure.rank > 0 && this.#clock.monotonicMs() - this.#tenure.sinceMs < 10 * patienceMs;
    return this.#vacantMs() >= this.#rank * patienceMs;
  }

  #vacantMs(): number {
    if (this.#absentSinceMs !== undefined) return this.#clock.monotonicMs() - this.#absentSinceMs;
    return this.#elector.vacantMs() ?? 0;
  }

  /** In order: what runs may end, and then the Lease is released. */
  async end(): Promise<void> {
    this.#campaign?.closing.abort();
    await this.#campaign?.ended;
  }

  /** At once: this replica may not be assumed to hold anything. */
  cut(): void {
    this.#tenure?.end.abort();
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
    // Of a Lease that was lost the work is not waited for there.
    await working;
  }

  async #hold(closing: AbortSignal, lost: AbortSignal): Promise<void> {
    const { shard, hold, onHeld, onGivenUp, isMember } = this.#options;
    const end = new AbortController();
    const onLost = (): void => end.abort();
    lost.addEventListener("abort", onLost, { once: true });
    this.#tenure = { end, sinceMs: this.#clock.monotonicMs(), rank: this.#rank };
    const tenure: Tenure = {
      shard,
      signal: end.signal,
      isHeld: () => !end.signal.aborted && this.#elector.isLeader() && isMember(),
    };
    onHeld(this.#elector.takenAfterMs());
    try {
      await hold(tenure, closing);
    } finally {
      end.abort();
      this.#tenure = undefined;
      onGivenUp();
    }
  }
}
