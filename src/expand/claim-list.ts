/** What a namespace tells admission policies of the claims of its workloads, as entries of one list. Pure. */
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { STATEFUL_SET } from "../kubernetes/kinds.ts";
import { ownClaimName } from "../names.ts";
import { sizedClaims } from "./claims.ts";

/** Before the name of a claim that a workload names and does not make. */
export const EXISTING_CLAIM = "existing:";

export type ClaimingSpec = Pick<SecureWorkloadSpec, "type" | "claims">;

/** The name of the claim, or the series of those of a StatefulSet's pods: `data-db-*`. */
const madeName = (workload: string, { type }: ClaimingSpec, claim: string): string =>
  `${ownClaimName(workload, claim)}${type === STATEFUL_SET.kind ? "-*" : ""}`;

/** Of one workload. `mayUse` tells which of the existing claims that it names it may use. */
export function claimEntries(
  workload: string,
  spec: ClaimingSpec,
  mayUse: (claim: string) => boolean,
): readonly string[] {
  const made = sizedClaims(spec).flatMap(({ name, sharedWith = [] }) => {
    const entry = madeName(workload, spec, name);
    return [entry, ...[workload, ...sharedWith].map((user) => `${user}/${entry}`)];
  });
  const named = (spec.claims ?? []).flatMap(({ existing, sharedWith = [] }) =>
    existing === undefined || !mayUse(existing)
      ? []
      : [`${EXISTING_CLAIM}${existing}`, ...[workload, ...sharedWith].map((user) => `${user}/${existing}`)],
  );
  return [...made, ...named];
}

/** The existing claims that a spec names, each once. */
export const existingClaims = ({ claims = [] }: Pick<SecureWorkloadSpec, "claims">): readonly string[] => [
  ...new Set(claims.flatMap(({ existing }) => existing ?? [])),
];

/** Whether a workload makes the claim of that name. */
export const makesClaim = (workload: string, spec: ClaimingSpec, name: string): boolean =>
  sizedClaims(spec).some((claim) => {
    const entry = madeName(workload, spec, claim.name);
    return entry.endsWith("*") ? entry === name.replace(/-[0-9]+$/, "-*") : entry === name;
  });
