/**
 * Whose a Secret or a claim is, by what the workloads of its namespace say. Pure.
 *
 * The first that named it has it, and its status records that (`held`): a workload that is older and names it later waits. Where nothing is recorded
 * yet, the oldest has it; creation times are whole seconds, and of the same one nobody was first. A claim is first of all the workload's that makes it.
 *
 * Workloads of which one lists the other under `sharedSecrets` have a Secret in common, whichever of the two was first: the order in which a
 * repository is applied, or restored, makes no difference. Who names a Secret must be able to use it (`admission/named-secrets.ts`), so sharing gives
 * nobody more than he has. A status records by whose word a Secret is shared with its workload too: when that workload is deleted, the others go on having
 * it in common, until it comes again and says something else. Nobody needs to be able to read a claim, so there only its owner's `claims.sharedWith` counts.
 */

import { existingClaims, makesClaim } from "../expand/claim-list.ts";
import { namedSecrets } from "../expand/configs.ts";
import { PERSISTENT_VOLUME_CLAIM, SECRET } from "../kubernetes/kinds.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** Of what a workload names and may not use: which one it is, and whose; several where none of them was first. */
export interface TakenObject {
  readonly kind: string;
  readonly name: string;
  readonly owners: readonly string[];
}

/** What may be contested: `named` gives the names in a workload's spec, `sharedBy` with whom a claimant shares one. */
interface Contested {
  readonly kind: string;
  readonly named: (workload: WorkloadRecord) => readonly string[];
  readonly sharedBy: (workload: WorkloadRecord, name: string) => readonly string[];
  readonly isMutual: boolean;
  readonly makes: (workload: WorkloadRecord, name: string) => boolean;
}

const secretsShared = ({ spec }: WorkloadRecord, secret: string): readonly string[] =>
  (spec?.sharedSecrets ?? []).flatMap(({ name, with: others }) => (name === secret ? others : []));

const claimsShared = ({ ref, spec }: WorkloadRecord, claim: string): readonly string[] =>
  (spec?.claims ?? []).flatMap((one) => {
    const isIt =
      one.existing === claim || (spec !== undefined && makesClaim(ref.name, { type: spec.type, claims: [one] }, claim));
    return isIt ? (one.sharedWith ?? []) : [];
  });

export const SECRETS: Contested = {
  kind: SECRET.kind,
  named: ({ spec }) => (spec === undefined ? [] : namedSecrets(spec)),
  sharedBy: secretsShared,
  isMutual: true,
  makes: () => false,
};

export const CLAIMS: Contested = {
  kind: PERSISTENT_VOLUME_CLAIM.kind,
  named: ({ spec }) => (spec === undefined ? [] : existingClaims(spec)),
  sharedBy: claimsShared,
  isMutual: false,
  makes: ({ ref, spec }, name) => spec !== undefined && makesClaim(ref.name, spec, name),
};

/** As a status records it: `Secret/db-password`. */
export const heldName = ({ kind }: Pick<Contested, "kind">, name: string): string => `${kind}/${name}`;

const SHARED_BY = " shared by ";

/** As a status records it of a workload that is not the one which shares: `Secret/db-password shared by web`. */
export const sharedName = (held: string, sharer: string): string => `${held}${SHARED_BY}${sharer}`;

export const sharerIn = (entry: string, held: string): string | undefined =>
  entry.startsWith(`${held}${SHARED_BY}`) ? entry.slice(held.length + SHARED_BY.length) : undefined;

export interface Claimants {
  /** Every workload of the namespace that names, or makes, an object of that name. */
  readonly of: (name: string) => readonly WorkloadRecord[];
  /** Whether there is a workload of that name in the namespace. */
  readonly isThere: (name: string) => boolean;
  /** The workloads that are recorded to share an object with a workload. */
  readonly sharersOf: (workload: WorkloadRecord, held: string) => readonly string[];
  /** Whether a workload is recorded to have it. */
  readonly isRecorded: (workload: WorkloadRecord, held: string) => boolean;
}

/** What `workload` names of a sort and may not use. */
export function takenObjects(contested: Contested, workload: WorkloadRecord, known: Claimants): readonly TakenObject[] {
  const { of, isRecorded } = known;
  return contested.named(workload).flatMap((name) => {
    const all = of(name);
    const owners = all.length < 2 ? [] : ownersOf(contested, name, all, isRecorded);
    const [first] = owners;
    if (first === undefined) return [];
    const pairs = [...declaredPairs(contested, name, all), ...rememberedPairs(contested, name, all, known)];
    const shares = sharingWith(first, contested, pairs);
    const isSettled = owners.every((owner) => shares.has(owner));
    const taken = { kind: contested.kind, name };
    return isSettled && shares.has(workload.ref.name) ? [] : [{ ...taken, owners: isSettled ? [first] : owners }];
  });
}

/** Who makes it; else those that are recorded to have it; else the oldest; by name. */
function ownersOf(
  contested: Contested,
  name: string,
  claimants: readonly WorkloadRecord[],
  isRecorded: Claimants["isRecorded"],
): readonly string[] {
  const makers = claimants.filter((claimant) => contested.makes(claimant, name));
  const recorded = claimants.filter((claimant) => isRecorded(claimant, heldName(contested, name)));
  const among = [makers, recorded, claimants].find((some) => some.length > 0) ?? [];
  const oldestMs = Math.min(...among.map(({ createdMs }) => createdMs));
  const oldest = among.filter(({ createdMs }) => createdMs === oldestMs);
  const sharing = oldest.filter((claimant) => contested.sharedBy(claimant, name).length > 0);
  const names = (records: readonly WorkloadRecord[]) => records.map(({ ref }) => ref.name).sort();
  return [...new Set([...names(sharing), ...names(oldest)])];
}

/** Who shares the object, and with whom. */
type Pair = readonly [string, string];

const declaredPairs = ({ sharedBy }: Contested, name: string, claimants: readonly WorkloadRecord[]): readonly Pair[] =>
  claimants.flatMap((claimant) => sharedBy(claimant, name).map((other): Pair => [claimant.ref.name, other]));

/** Of workloads that are gone, as those that they shared it with are recorded to know. */
function rememberedPairs(
  { kind, isMutual }: Contested,
  name: string,
  claimants: readonly WorkloadRecord[],
  { isThere, sharersOf }: Claimants,
): readonly Pair[] {
  if (!isMutual) return [];
  return claimants.flatMap((claimant) =>
    sharersOf(claimant, heldName({ kind }, name)).flatMap((sharer): readonly Pair[] =>
      isThere(sharer) ? [] : [[sharer, claimant.ref.name]],
    ),
  );
}

/** The workloads that say now that they share an object with this one, or said so before they went. */
export function sharersWith(
  contested: Contested,
  { ref }: WorkloadRecord,
  name: string,
  known: Claimants,
): readonly string[] {
  const claimants = known.of(name);
  const pairs = [...declaredPairs(contested, name, claimants), ...rememberedPairs(contested, name, claimants, known)];
  return [...new Set(pairs.flatMap(([sharer, other]) => (other === ref.name ? [sharer] : [])))].sort();
}

/** All claimants that `owner` shares the object with: those it lists, and where sharing is mutual over however many of them. */
function sharingWith(owner: string, { isMutual }: Contested, pairs: readonly Pair[]): ReadonlySet<string> {
  if (!isMutual) return new Set([owner, ...pairs.flatMap(([one, other]) => (one === owner ? [other] : []))]);
  const found = new Set([owner]);
  for (const known of found)
    for (const [one, other] of pairs) {
      if (one === known) found.add(other);
      if (other === known) found.add(one);
    }
  return found;
}

const FIELDS: Readonly<Record<string, string>> = {
  [SECRET.kind]: "sharedSecrets",
  [PERSISTENT_VOLUME_CLAIM.kind]: "claims.sharedWith",
};

/** `name` is the workload that may not use it. */
export function takenMessage({ kind, name: object, owners }: TakenObject, name: string): string {
  const [owner] = owners;
  const rivals = owners.filter((other) => other !== name);
  const field = FIELDS[kind] ?? "";
  return owners.length > 1
    ? `${kind} ${object} is named by ${owners.join(" and ")}, which were created in the same second, so it belongs to none of them: list ${name} in ${field} of ${rivals[0]}, or use another ${kind}`
    : `${kind} ${object} belongs to workload ${owner}, which named it first: list ${name} in ${field} of ${owner}, or use another ${kind}`;
}
