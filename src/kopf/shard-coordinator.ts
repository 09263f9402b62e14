/**
 * Divides the shards among the replicas that are alive. Membership decides who should hold a shard, the Lease of the shard who
 * does. Two replicas never hold one shard, unless somebody edits a Lease by hand.
 */
import type { Client } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import { Membership, memberText } from "./membership.ts";
import type { ControllerMetrics } from "./metrics.ts";
import { rankMembers } from "./rendezvous.ts";
import { type HoldShard, ShardSlot } from "./shard-slot.ts";

export interface ShardCoordinatorOptions {
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

const DELETE_OLD_EVERY_MS = 60_000;

export class ShardCoordinator {
  readonly #options: ShardCoordinatorOptions;
  readonly #membership: Membership;
  readonly #slots: readonly ShardSlot[];
  readonly #failed = Promise.withResolvers<never>();
  #hold: HoldShard = async () => {};
  /** This replica started before any with another shard count, and goes on. One that starts later waits. */
  #works = false;
  #reported = "";
  #deletedOldMs = 0;
  #cancelLapse = (): void => {};

  constructor(options: ShardCoordinatorOptions) {
    this.#options = options;
    this.#membership = new Membership(options);
    this.#slots = Array.from({ length: options.shards }, (_, shard) => this.#slotOf(shard));
    this.#failed.promise.catch(() => {});
  }

  /** Runs until `signal` aborts, then hands its shards over. Rejects when `hold` does. */
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
      hold: (term, closing) => this.#hold(term, closing),
      onHeld: (takenAfterMs) => {
        metrics.leader.set({ name: lease }, 1);
        if (takenAfterMs !== undefined) metrics.shardHandoverSeconds.observe(takenAfterMs / 1_000);
        count();
      },
      onReleased: () => {
        metrics.leader.set({ name: lease }, 0);
        count();
      },
      onFailed: (error) => this.#failed.reject(error),
    });
  }

  /** Renews before it lists: of two replicas that start at once, at least one sees the other. */
  async #step(signal: AbortSignal): Promise<void> {
    try {
      await this.#renew(signal);
      const leases = await this.#membership.refresh(signal);
      for (const slot of this.#slots) slot.observe(leases.find(({ metadata }) => metadata.name === slot.lease));
      this.#rankSlots();
      await this.#deleteOld(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.logger.warn(failureFields(this.#options.logger, error), "lease not reached");
    }
  }

  #rankSlots(): void {
    const { identity, shards } = this.#options;
    if (!this.#membership.isAlive() || !this.#mayWork()) return;
    this.#works = true;
    const members = this.#membership.members().filter((member) => member.shards === shards);
    const ranks = rankMembers(
      shards,
      members.map((member) => member.identity),
    );
    for (const [shard, slot] of this.#slots.entries()) slot.setRank(ranks[shard]?.indexOf(identity) ?? shards);
  }

  /** Two shard counts at once would give a key two writers. */
  #mayWork(): boolean {
    const { metrics, logger, shards } = this.#options;
    const others = this.#membership.members().filter((member) => member.shards !== shards);
    metrics.shardMapsDiffer.set(others.length > 0 ? 1 : 0);
    const state = JSON.stringify([this.#works, others]);
    if (others.length > 0 && state !== this.#reported) {
      logger.warn(
        { shards, others: others.map(memberText) },
        "replicas have different shard counts: those that started later wait for the others to end",
      );
    }
    this.#reported = state;
    return this.#works || others.length === 0;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    // Before it becomes a member again: a process that was paused may get here before its timers fire.
    this.#stopIfLapsed();
    await this.#membership.renew(signal);
    this.#cancelLapse();
    this.#cancelLapse = this.#options.clock.after(this.#membership.leftMs() + 1, () => this.#stopIfLapsed());
  }

  /** The others consider a replica that cannot renew dead soon after this, so it must stop before. */
  #stopIfLapsed(): void {
    if (!this.#works || this.#membership.isAlive()) return;
    this.#works = false;
    this.#options.logger.error("lost membership: could not renew its lease");
    for (const slot of this.#slots) slot.cut();
  }

  async #deleteOld(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.monotonicMs();
    if (this.#slots[0]?.isHeld() !== true || now - this.#deletedOldMs < DELETE_OLD_EVERY_MS) return;
    this.#deletedOldMs = now;
    await this.#membership.deleteOld(signal);
  }

  /** Renews until all shards are handed over; otherwise they would be cut off. */
  async #leave(): Promise<void> {
    const done = new AbortController();
    const kept = this.#keepAlive(done.signal);
    await Promise.all(this.#slots.map((slot) => slot.end()));
    done.abort();
    await kept;
    this.#cancelLapse();
    await this.#membership.leave().catch((error: unknown) => {
      this.#options.logger.warn(failureFields(this.#options.logger, error), "lease not released; it expires by itself");
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
