/** One replica works on every key; with an election, the one that holds the Lease. */
import { createElector, type Elector } from "./leader-election.ts";
import { waitUntilShardCountsAgree } from "./shard-count-guard.ts";
import { type Leadership, runControllers, type Work } from "./work.ts";

/** Leadership was lost: another replica takes over, and this process must exit. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

export class SingleLeader implements Leadership {
  readonly #work: Work;
  /** Aborting it ends every request and refuses new ones. */
  readonly #fence: AbortController;
  readonly #elector: Elector | undefined;
  #leads = false;

  constructor(work: Work, fence: AbortController) {
    this.#work = work;
    this.#fence = fence;
    this.#elector = work.election === undefined ? undefined : createElector(work.election);
    this.#publish(0);
  }

  isLeader(): boolean {
    return this.#leads && (this.#elector?.isLeader() ?? true);
  }

  mayWrite(): boolean {
    return this.#elector === undefined || this.isLeader();
  }

  async run(signal: AbortSignal): Promise<void> {
    const elector = this.#elector;
    const { election, metrics } = this.#work;
    if (elector === undefined || election === undefined) return this.#lead(signal, new AbortController().signal);
    const ended = await elector.run(signal, {
      onStarted: async (lost) => {
        const takenAfterMs = elector.takenAfterMs();
        if (takenAfterMs !== undefined) metrics.shardHandoverSeconds.observe(takenAfterMs / 1_000);
        await waitUntilShardCountsAgree(election, AbortSignal.any([signal, lost]));
        await this.#lead(signal, lost);
      },
    });
    if (ended === "lost") throw new LeaseLostError("lost leadership: another replica takes over, this one must exit");
  }

  async #lead(signal: AbortSignal, lost: AbortSignal): Promise<void> {
    const { operator, whenSynced, notify } = this.#work;
    lost.addEventListener("abort", () => this.#fence.abort(), { once: true });
    const stop = AbortSignal.any([signal, lost]);
    this.#leads = true;
    this.#publish(1);
    try {
      await whenSynced(stop);
      if (!stop.aborted) notify("gained", () => true);
      if (!stop.aborted) await runControllers(this.#work, stop, lost);
      if (!lost.aborted) await operator.recorder.flush(5_000);
    } finally {
      this.#leads = false;
      // Before the Lease is released: a handler that ignored its signal must not write beside the next leader.
      if (this.#elector !== undefined) this.#fence.abort();
      this.#publish(0);
    }
  }

  #publish(leads: 0 | 1): void {
    const { metrics, name } = this.#work;
    metrics.leader.set({ name }, leads);
    metrics.shardsHeld.set(leads);
  }
}
