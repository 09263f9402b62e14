/** Before one replica does everything: replicas that divide the same work among themselves, as before a change of `shards`, must be gone. */
import { isForbidden } from "./api-error.ts";
import { sleep } from "./clock.ts";
import { PERIODS } from "./leader-election.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import { Membership, type MembershipOptions, memberText } from "./membership.ts";

type Options = Omit<MembershipOptions, "shards" | "leaseMs" | "renewMs"> & {
  readonly logger: Logger;
  readonly leaseMs?: number;
  readonly renewMs?: number;
  readonly retryMs?: number;
};

/**
 * Called by a leader that holds its Lease already: whoever comes later sees that, and waits. Resolves when no other is alive, or
 * when `signal` aborts. An account that may not list Leases has never divided anything.
 */
export async function untilAlone(options: Options, signal: AbortSignal): Promise<void> {
  const { clock, logger, retryMs } = { ...PERIODS, ...options };
  const membership = new Membership({ ...PERIODS, ...options, shards: 1 });
  let told = false;
  while (!signal.aborted) {
    try {
      await membership.look(signal);
      const others = membership.members().filter(({ shards }) => shards !== 1);
      if (others.length === 0) return;
      if (!told)
        logger.warn(
          { shards: 1, others: others.map(memberText) },
          "waits for replicas that divide by another number of shards",
        );
      told = true;
    } catch (error) {
      if (isForbidden(error)) return;
      logger.warn(failureFields(logger, error), "leases not listed");
    }
    await sleep(clock, retryMs, signal);
  }
}
