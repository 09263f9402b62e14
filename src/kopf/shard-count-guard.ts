/** Keeps a leader waiting while other replicas divide the same keys by another shard count, as after a change of `shards`. */
import { isForbidden } from "./api-error.ts";
import { sleep } from "./clock.ts";
import { type ElectorOptions, PERIODS } from "./leader-election.ts";
import { failureFields } from "./log-fields.ts";
import { Membership, memberText } from "./membership.ts";

/**
 * Call it while holding the leader Lease: replicas that start later see the Lease, and wait. Resolves when no replica with
 * another shard count is alive, or when `signal` aborts. An account that may not list Leases has never used shards.
 */
export async function waitUntilShardCountsAgree(options: ElectorOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  const retryMs = options.retryMs ?? PERIODS.retryMs;
  const membership = new Membership({ ...PERIODS, ...options, shards: 1 });
  let reported = "";
  while (!signal.aborted) {
    const others = await othersOf(membership, signal).catch((error: unknown) => {
      if (isForbidden(error)) return [];
      logger.warn(failureFields(logger, error), "cannot list leases");
      return undefined;
    });
    if (others?.length === 0) return;
    if (others !== undefined && reported === "")
      logger.warn({ shards: 1, others }, "waiting for replicas with a different shard count");
    reported ||= String(others ?? "");
    await sleep(clock, retryMs, signal);
  }
}

async function othersOf(membership: Membership, signal: AbortSignal): Promise<readonly string[]> {
  await membership.refresh(signal);
  return membership
    .members()
    .filter(({ shards }) => shards !== 1)
    .map(memberText);
}
