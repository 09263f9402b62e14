/** Several replicas divide the keys: this one works on the shards whose Leases it holds. */
import type { ElectorOptions } from "./leader-election.ts";
import { PERIODS } from "./leader-election.ts";
import { shardOfText } from "./rendezvous.ts";
import { ShardCoordinator } from "./shard-coordinator.ts";
import { currentShardTerm, type ShardTerm } from "./shard-term.ts";
import { aborted } from "./signals.ts";
import { drain, type Leadership, type Work } from "./work.ts";

export class ShardWorker implements Leadership {
  readonly #work: Work;
  readonly #election: ElectorOptions;
  readonly #shards: number;
  readonly #terms = new Map<number, ShardTerm>();

  constructor(work: Work, election: ElectorOptions, shards: number) {
    this.#work = work;
    this.#election = election;
    this.#shards = shards;
  }

  isLeader(shardText: string | undefined): boolean {
    return this.#terms.get(shardOfText(shardText, this.#shards))?.isHeld() ?? false;
  }

  mayWrite(): boolean {
    return currentShardTerm()?.isHeld() ?? false;
  }

  /** Joins once its caches are in sync, so that a shard is never taken by a replica that cannot work on it yet. */
  async run(signal: AbortSignal): Promise<void> {
    const { controllers, metrics, whenSynced } = this.#work;
    await whenSynced(signal);
    if (signal.aborted) return;
    const coordinator = new ShardCoordinator({ ...PERIODS, ...this.#election, shards: this.#shards, metrics });
    const stop = new AbortController();
    const working = Promise.all(controllers.map((controller) => controller.run(stop.signal, stop.signal)));
    const failed = working.then(() => new Promise<never>(() => {}));
    const end = new AbortController();
    const coordinating = coordinator.run(AbortSignal.any([signal, end.signal]), (term, closing) =>
      this.#hold(term, closing),
    );
    try {
      await Promise.race([coordinating, failed]);
    } finally {
      end.abort();
      await coordinating;
      stop.abort();
    }
    await working;
  }

  async #hold(term: ShardTerm, closing: AbortSignal): Promise<void> {
    const { controllers, notify, operator } = this.#work;
    const { shard } = term;
    const belongs = (text: string | undefined): boolean => shardOfText(text, this.#shards) === shard;
    this.#terms.set(shard, term);
    operator.logger.info({ shard }, "acquired shard");
    notify("gained", belongs);
    for (const controller of controllers) controller.begin(term);
    await aborted(AbortSignal.any([closing, term.signal]));
    const idle = Promise.all(controllers.map((controller) => controller.close(term)));
    await drain(this.#work, idle, term.signal);
    if (!term.signal.aborted) await operator.recorder.flush(5_000);
    this.#terms.delete(shard);
    operator.logger.info({ shard, lost: term.signal.aborted }, "released shard");
    notify("released", belongs);
  }
}
