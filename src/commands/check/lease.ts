import { sleep } from "../../kopf/clock.ts";
import { LEASE } from "../../kopf/leader-election.ts";
import type { KubeObject } from "../../kopf/object.ts";
import { FIELD_MANAGER } from "../process.ts";
import { type Finding, no, type Question, yes } from "./finding.ts";

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly renewTime?: string;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Somebody leads, and is seen to renew. Judged as replicas judge each other: by whether the record moves while it is looked at, never by the
 * times in it, so that no clock has to be right.
 */
export const leaderRenews: Question = async ({ client, clock, installation: { namespace } }) => {
  const read = async (): Promise<LeaseSpec | undefined> =>
    (await client.get<KubeObject & { readonly spec?: LeaseSpec }>(LEASE, { namespace, name: FIELD_MANAGER }))?.spec;
  const first = await read();
  const problem = nobodyHolds(namespace, first);
  if (problem !== undefined) return problem;
  const { leaseDurationSeconds = 0 } = first ?? {};
  const untilMs = clock.monotonicMs() + leaseDurationSeconds * 1_000;
  for (let now = first; clock.monotonicMs() < untilMs; now = await read()) {
    if (hasMoved(first, now)) return yes(`${now?.holderIdentity} holds the Lease ${FIELD_MANAGER}, and renews it`);
    await sleep(clock, LOOK_EVERY_MS);
  }
  return no(
    `${first?.holderIdentity} holds the Lease ${FIELD_MANAGER} and did not renew it for its ${leaseDurationSeconds} s: see the logs of the Deployment palisade`,
  );
};

function nobodyHolds(namespace: string, lease: LeaseSpec | undefined): Finding | undefined {
  const where = `the Lease ${FIELD_MANAGER} in the namespace ${namespace}`;
  if (lease === undefined) return no(`there is no ${where.slice(4)}: no operator ever led there`);
  return (lease.holderIdentity ?? "") === ""
    ? no(`nobody holds ${where}: see whether pods of the Deployment palisade run`)
    : undefined;
}

/** Another holder renewed it too, and just now. */
const hasMoved = (before: LeaseSpec | undefined, now: LeaseSpec | undefined): boolean =>
  now !== undefined && (now.holderIdentity ?? "") !== "" && now.renewTime !== before?.renewTime;
