/** Secrets and claims that several workloads name: each belongs to one of them, so they say that they share it. */
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { existingClaims } from "../expand/claim-list.ts";
import { namedSecrets } from "../expand/configs.ts";
import { addTo, type Draft, type Evidence, evidenceOf } from "./draft.ts";
import type { World } from "./world.ts";

export function shareObjects({ drafts, namespace }: World): void {
  const byNamespace = Map.groupBy(drafts, (draft) => draft.namespace ?? namespace);
  for (const group of byNamespace.values()) {
    for (const [secret, users] of usersOf(group, namedSecrets)) shareSecret(secret, users);
    for (const [claim, users] of usersOf(group, existingClaims)) shareClaim(claim, users);
  }
}

type Names = (spec: SecureWorkloadSpec) => readonly string[];

/** What more than one names, with who does. */
function usersOf(drafts: readonly Draft[], namesIn: Names): readonly (readonly [string, readonly Draft[]])[] {
  const users = new Map<string, Draft[]>();
  // A draft has no defaults, and what is read here has none.
  for (const draft of drafts)
    for (const name of new Set(namesIn(draft.spec as unknown as SecureWorkloadSpec)))
      users.set(name, [...(users.get(name) ?? []), draft]);
  return [...users].filter(([, several]) => new Set(several.map(({ name }) => name)).size > 1);
}

const namesOf = (drafts: readonly Draft[]): readonly string[] => [...new Set(drafts.map(({ name }) => name))].sort();

const evidenceFor = ([first]: readonly Draft[], names: readonly string[]): Evidence | undefined =>
  first === undefined
    ? undefined
    : evidenceOf(first.object, `${names.join(", ")} use${names.length === 1 ? "s" : ""} it too`);

/** Of two, one lists the other. */
function shareSecret(name: string, users: readonly Draft[]): void {
  for (const [index, draft] of users.entries()) {
    const others = users.slice(index + 1).filter((other) => other.name !== draft.name);
    const names = namesOf(others);
    if (names.length > 0) addTo(draft, "sharedSecrets", { name, with: names }, evidenceFor(others, names));
  }
}

/** Whoever is first has it, so each lists the others. */
function shareClaim(existing: string, users: readonly Draft[]): void {
  for (const draft of users) {
    const others = users.filter((other) => other.name !== draft.name);
    const claims = (draft.spec["claims"] ?? []) as Record<string, unknown>[];
    for (const claim of claims) if (claim["existing"] === existing) claim["sharedWith"] = namesOf(others);
  }
}
