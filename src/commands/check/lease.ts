import { KEEPER_NAME } from "../../admission/identities.ts";
import { sleep } from "../../kopf/clock.ts";
import { LEASE } from "../../kopf/leader-election.ts";
import type { KubeObject } from "../../kopf/object.ts";
import { FIELD_MANAGER } from "../process.ts";
import { type Finding, no, type Question, type Surroundings, yes } from "./finding.ts";

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly renewTime?: string;
}

const LOOK_EVERY_MS = 1_000;

/** One for the leader, or one for each shard (decision 0017). */
export const operatorLeases = (shards: number): readonly string[] =>
  shards === 1 ? [FIELD_MANAGER] : Array.from({ length: shards }, (_, shard) => `${FIELD_MANAGER}-shard-${shard}`);

/** Somebody leads, or holds each shard, and is seen to renew. */
export const operatorLeads: Question = async (surroundings) => {
  const seen = await Promise.all(operatorLeases(surroundings.shards).map((name) => leaseRenews(name, surroundings)));
  const bad = seen.find(({ holds }) => !holds);
  return bad === undefined
    ? yes(seen.map(({ message }) => message).join("; "))
    : no(`${bad.message}: see the pods of the Deployment palisade`);
};

/** The keeper runs: what somebody changes of the policies is put back. */
export const keeperLeads: Question = async (surroundings) => {
  const { holds, message } = await leaseRenews(KEEPER_NAME, surroundings);
  return holds ? yes(message) : no(`${message}: see the pods of the Deployment palisade-admission`);
};

/** Judged as replicas judge each other: by whether the record moves while it is looked at, never by the times in it, so that no clock has to be right. */
async function leaseRenews(
  name: string,
  { client, clock, installation: { namespace } }: Surroundings,
): Promise<Finding> {
  const read = async (): Promise<LeaseSpec | undefined> =>
    (await client.get<KubeObject & { readonly spec?: LeaseSpec }>(LEASE, { namespace, name }))?.spec;
  const first = await read();
  if (first === undefined) return no(`the namespace ${namespace} has no Lease ${name}`);
  const { holderIdentity = "", leaseDurationSeconds = 0 } = first;
  if (holderIdentity === "") return no(`nobody holds the Lease ${name}`);
  const untilMs = clock.monotonicMs() + leaseDurationSeconds * 1_000;
  for (let now: LeaseSpec | undefined = first; clock.monotonicMs() < untilMs; now = await read()) {
    if (hasMoved(first, now)) return yes(`${now?.holderIdentity} holds the Lease ${name}, and renews it`);
    await sleep(clock, LOOK_EVERY_MS);
  }
  return no(`${holderIdentity} holds the Lease ${name}, and did not renew it for its ${leaseDurationSeconds} s`);
}

/** Another holder renewed it too, and just now. */
const hasMoved = (before: LeaseSpec, now: LeaseSpec | undefined): boolean =>
  now !== undefined && (now.holderIdentity ?? "") !== "" && now.renewTime !== before.renewTime;
