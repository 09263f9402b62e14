/**
 * Keys divided into shards among the replicas that are alive: which shards this one should hold, and the Leases by which it holds them.
 * Safe against everything but a Lease that is taken by hand: membership says who should hold what, the Lease of each shard who does.
 */
import type { Client } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import { Membership, memberText } from "./membership.ts";
import type { ControllerMetrics } from "./metrics.ts";
import { rankMembers } from "./rendezvous.ts";
import { type HoldShard, ShardSlot } from "./shard-slot.ts";

export interface ShardKeeperOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ControllerMetrics;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly shards: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly retryMs: number;
  readonly random?: () => number;
}

const COLLECT_EVERY_MS = 60_000;

export class ShardKeeper {
  readonly #options: ShardKeeperOptions;
  readonly #membership: Membership;
  readonly #slots: readonly ShardSlot[];
  readonly #failed = Promise.withResolvers<never>();
  #hold: HoldShard = async () => {};
  /** Works by its own number of shards: one that came before a replica with another number goes on, one that came after waits. */
  #works = false;
  #toldOf = "";
  #collectedMs = 0;
  #cancelLapse = (): void => {};

  constructor(options: ShardKeeperOptions) {
    this.#options = options;
    this.#membership = new Membership(options);
    this.#slots = Array.from({ length: options.shards }, (_, shard) => this.#slotOf(shard));
    this.#failed.promise.catch(() => {});
  }

  /** Until `signal` aborts; then hands everything over. Rejects when `hold` does. */
  async run(signal: AbortSignal, hold: HoldShard): Promise<void> {
    this.#hold = hold;
    const { clock, retryMs, random = Math.random } = this.#options;
    try {
      while (!signal.aborted) {
        await Promise.race([this.#step(signal), this.#failed.promise]);
        const pause = new AbortController();
        const slept = sleep(clock, retryMs * (1 + random() * 0.2), AbortSignal.any([signal, pause.signal]));
        await Promise.race([slept, this.#failed.promise]).finally(() => pause.abort());
      }
    } finally {
      await this.#leave();
    }
  }

  #slotOf(shard: number): ShardSlot {
    const { name, metrics, logger, ...options } = this.#options;
    const lease = `${name}-shard-${shard}`;
    metrics.leader.set({ name: lease }, 0);
    const count = (): void => metrics.shardsHeld.set(this.#slots.filter((slot) => slot.isHeld()).length);
    return new ShardSlot({
      ...options,
      name: lease,
      shard,
      logger,
      isMember: () => this.#membership.isAlive(),
      hold: (tenure, closing) => this.#hold(tenure, closing),
      onHeld: (takenAfterMs) => {
        metrics.leader.set({ name: lease }, 1);
        if (takenAfterMs !== undefined) metrics.shardHandoverSeconds.observe(takenAfterMs / 1_000);
        count();
      },
      onGivenUp: () => {
        metrics.leader.set({ name: lease }, 0);
        count();
      },
      onFailed: (error) => this.#failed.reject(error),
    });
  }

  /** Says that it is alive before it looks who else is: of two that come at once, one at least sees the other. */
  async #step(signal: AbortSignal): Promise<void> {
    try {
      await this.#renew(signal);
      const leases = await this.#membership.look(signal);
      for (const slot of this.#slots) slot.see(leases.find(({ metadata }) => metadata.name === slot.lease));
      this.#stand();
      await this.#collect(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.logger.warn(failureFields(this.#options.logger, error), "lease not reached");
    }
  }

  #stand(): void {
    const { identity, shards } = this.#options;
    if (!this.#membership.isAlive() || !this.#mayWork()) return;
    this.#works = true;
    const members = this.#membership.members().filter((member) => member.shards === shards);
    const ranks = rankMembers(
      shards,
      members.map((member) => member.identity),
    );
    for (const [shard, slot] of this.#slots.entries()) slot.stand(ranks[shard]?.indexOf(identity) ?? shards);
  }

  /** Two maps at once would give a key two writers. */
  #mayWork(): boolean {
    const { metrics, logger, shards } = this.#options;
    const others = this.#membership.members().filter((member) => member.shards !== shards);
    metrics.shardMapsDiffer.set(others.length > 0 ? 1 : 0);
    const told = JSON.stringify([this.#works, others]);
    if (others.length > 0 && told !== this.#toldOf) {
      logger.warn(
        { shards, others: others.map(memberText) },
        "replicas divide by different numbers of shards: those that came later wait for the others to end",
      );
    }
    this.#toldOf = told;
    return this.#works || others.length === 0;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    // Before it is a member again: a process that stood still may come here before its timers do.
    this.#stopIfLapsed();
    await this.#membership.renew(signal);
    this.#cancelLapse();
    this.#cancelLapse = this.#options.clock.after(this.#membership.leftMs() + 1, () => this.#stopIfLapsed());
  }

  /** A replica that could not say that it is alive is held for dead soon, and must have stopped by then. */
  #stopIfLapsed(): void {
    if (!this.#works || this.#membership.isAlive()) return;
    this.#works = false;
    this.#options.logger.error("no member any more: its Lease could not be renewed");
    for (const slot of this.#slots) slot.cut();
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.monotonicMs();
    if (this.#slots[0]?.isHeld() !== true || now - this.#collectedMs < COLLECT_EVERY_MS) return;
    this.#collectedMs = now;
    await this.#membership.collect(signal);
  }

  /** Until all is handed over it must stay alive, or it would be cut. */
  async #leave(): Promise<void> {
    const done = new AbortController();
    const kept = this.#keepAlive(done.signal);
    await Promise.all(this.#slots.map((slot) => slot.end()));
    done.abort();
    await kept;
    this.#cancelLapse();
    await this.#membership.leave().catch((error: unknown) => {
      this.#options.logger.warn(
        failureFields(this.#options.logger, error),
        "lease not released; it runs out by itself",
      );
    });
  }

  async #keepAlive(done: AbortSignal): Promise<void> {
    const { clock, retryMs } = this.#options;
    while (!done.aborted) {
      await this.#renew(done).catch(() => {});
      await sleep(clock, retryMs, done);
    }
  }
}
