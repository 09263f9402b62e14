import { type KubeObject, LEASE, sleep } from "kopf-ts";
import { KEEPER_NAME } from "../../installation.ts";
import { FIELD_MANAGER } from "../process.ts";
import { type Finding, no, type Question, type Surroundings, yes } from "./finding.ts";

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly renewTime?: string;
}

const LOOK_EVERY_MS = 1_000;

/** One Lease for the leader, or one per shard (decision 0017). */
export const operatorLeases = (shards: number): readonly string[] =>
  shards === 1 ? [FIELD_MANAGER] : Array.from({ length: shards }, (_, shard) => `${FIELD_MANAGER}-shard-${shard}`);

/** Verifies that each Lease has a holder that renews it. */
export const operatorLeads: Question = async (surroundings) => {
  const seen = await Promise.all(operatorLeases(surroundings.shards).map((name) => leaseRenews(name, surroundings)));
  const bad = seen.find(({ holds }) => !holds);
  return bad === undefined
    ? yes(seen.map(({ message }) => message).join("; "))
    : no(`${bad.message}: run kubectl describe deployment palisade`);
};

/** Verifies that the policy controller runs. */
export const keeperLeads: Question = async (surroundings) => {
  const { holds, message } = await leaseRenews(KEEPER_NAME, surroundings);
  return holds ? yes(message) : no(`${message}: run kubectl describe deployment palisade-admission`);
};

/** As replicas do, this checks whether the record changes, not its timestamps, so clocks need not agree. */
async function leaseRenews(
  name: string,
  { client, clock, installation: { namespace } }: Surroundings,
): Promise<Finding> {
  const read = async (): Promise<LeaseSpec | undefined> =>
    (await client.get<KubeObject & { readonly spec?: LeaseSpec }>(LEASE, { namespace, name }))?.spec;
  const first = await read();
  if (first === undefined) return no(`Lease ${name} does not exist in namespace ${namespace}`);
  const { holderIdentity = "", leaseDurationSeconds = 0 } = first;
  if (holderIdentity === "") return no(`Lease ${name} has no holder`);
  const untilMs = clock.monotonicMs() + leaseDurationSeconds * 1_000;
  for (let now: LeaseSpec | undefined = first; clock.monotonicMs() < untilMs; now = await read()) {
    if (hasMoved(first, now)) return yes(`${now?.holderIdentity} holds and renews Lease ${name}`);
    await sleep(clock, LOOK_EVERY_MS);
  }
  return no(`${holderIdentity} holds Lease ${name} but has not renewed it for ${leaseDurationSeconds}s`);
}

/** A renewal by a new holder counts too. */
const hasMoved = (before: LeaseSpec, now: LeaseSpec | undefined): boolean =>
  now !== undefined && (now.holderIdentity ?? "") !== "" && now.renewTime !== before.renewTime;
