/**
 * Whose a Secret is: the oldest workload of its namespace that names it, and those it is shared with (DRIFT 5). Nobody
 * reads a Secret to tell: what counts is what the workloads say. Pure.
 */
import { byAge, type WorkloadRecord } from "../records.ts";
import { namedSecrets } from "./resources/configs.ts";

/** Of a Secret that belongs to another workload: which one it is, and whose. */
export interface TakenSecret {
  readonly secret: string;
  readonly owner: string;
}

/** The Secrets that `workload` names and may not. `claimants` gives every workload of its namespace that names a Secret. */
export function takenSecrets(
  workload: WorkloadRecord,
  claimants: (secret: string) => readonly WorkloadRecord[],
): readonly TakenSecret[] {
  if (workload.spec === undefined) return [];
  return namedSecrets(workload.spec).flatMap((secret) => {
    const [oldest] = [...claimants(secret)].sort(byAge);
    if (oldest === undefined || oldest.key === workload.key || isShared(oldest, secret, workload.ref.name)) return [];
    return [{ secret, owner: oldest.ref.name }];
  });
}

const isShared = ({ spec }: WorkloadRecord, secret: string, workload: string): boolean =>
  (spec?.sharedSecrets ?? []).some(({ name, with: others }) => name === secret && others.includes(workload));

export const takenMessage = ({ secret, owner }: TakenSecret): string =>
  `Secret ${secret} is workload ${owner}'s, which named it first: use a Secret of this workload's own, or let ${owner} list it under sharedSecrets`;
