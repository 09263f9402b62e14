/** Inventory of subjects that can bypass SecureWorkloads through RBAC, for the platform team. Pure. */

import type { Bound, Rbac } from "./excess.ts";
import { DANGERS, printable, type Scope } from "./privileges.ts";
import type { RoleRecord } from "./records.ts";
import type { Rule } from "./rule.ts";
import { isControlPlane } from "./subjects.ts";

export interface Finding {
  readonly driftCase: string;
  /** `Group team-a`. */
  readonly subject: string;
  /** The widest of the bindings, and its role. */
  readonly via: string;
  readonly scope: Scope;
  /** How many further bindings give the same to the same subject. */
  readonly more: number;
}

const CASES = DANGERS.filter(({ driftCase }) => driftCase !== undefined);

/** The cases that are looked for. */
export const FINDING_CASES: readonly string[] = CASES.flatMap(({ driftCase }) => driftCase ?? []);

/**
 * One for each case and subject, cluster-wide ones first. Bindings that hold in no namespace with workloads are of no account, nor are the
 * control plane and the accounts of Palisade, which are `ours`. Roles are judged once each, so that this costs one look at each binding.
 */
export function findingsOf(
  bindings: Iterable<Bound>,
  rbac: Pick<Rbac, "role">,
  isGoverned: (namespace: string) => boolean,
  ours: ReadonlySet<string>,
): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const bound of bindings) {
    const role = isOfAccount(bound, isGoverned) ? rbac.role(bound.role) : undefined;
    if (role === undefined) continue;
    for (const finding of findingsIn(bound, role, ours)) {
      const key = `${finding.driftCase} ${finding.subject}`;
      found.set(key, merged(found.get(key), finding));
    }
  }
  return [...found.values()].sort(byWeight);
}

/** Whether a binding holds in the whole cluster, or in a namespace with workloads. */
const isOfAccount = ({ kind, key }: Bound, isGoverned: (namespace: string) => boolean): boolean =>
  kind !== "RoleBinding" || isGoverned(key.slice(0, key.indexOf("/")));

function findingsIn(bound: Bound, role: RoleRecord, ours: ReadonlySet<string>): readonly Finding[] {
  const scope: Scope = bound.kind === "RoleBinding" ? "namespace" : "cluster";
  const subjects = bound.subjects.filter((subject) => !ours.has(subject) && !isControlPlane(subject, bound.role));
  return casesIn(role, scope).flatMap((driftCase) =>
    subjects.map((subject) => ({ driftCase, subject, via: viaOf(bound), scope, more: 0 })),
  );
}

/** A binding as messages name it. */
export const viaOf = ({ kind, key, role }: Pick<Bound, "kind" | "key" | "role">): string => `${kind}/${key} to ${role}`;

function merged(known: Finding | undefined, found: Finding): Finding {
  if (known === undefined) return found;
  const [widest] = [known, found].sort(byWeight);
  return { ...(widest ?? known), more: known.more + 1 };
}

/** Independent of the order of the bindings. */
const byWeight = (a: Finding, b: Finding): number =>
  a.scope === b.scope ? compare(orderOf(a), orderOf(b)) : a.scope === "cluster" ? -1 : 1;

const orderOf = ({ driftCase, subject, via }: Finding): string => `${driftCase} ${subject} ${via}`;
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const judged: Readonly<Record<Scope, WeakMap<readonly Rule[], readonly string[]>>> = {
  cluster: new WeakMap(),
  namespace: new WeakMap(),
};

function casesIn({ rules }: RoleRecord, scope: Scope): readonly string[] {
  const known = judged[scope].get(rules);
  if (known !== undefined) return known;
  const cases = CASES.filter(({ driftCase, isIn }) =>
    rules.some((rule) => isIn(rule, scope) && !isOfSomeSecrets(driftCase, rule)),
  ).flatMap(({ driftCase }) => driftCase ?? []);
  judged[scope].set(rules, cases);
  return cases;
}

/** Roles that name their Secrets are the recommended way to grant them. */
const isOfSomeSecrets = (driftCase: string | undefined, { resourceNames }: Rule): boolean =>
  driftCase === "65" && resourceNames.length > 0;

/** Number of subjects that a message names per case. */
const MAX_NAMED = 5;

/** The findings in one sentence: each case with its first subjects. */
export function waysAroundMessage(findings: readonly Finding[]): string {
  const ways = CASES.flatMap(({ driftCase, words }) => {
    const subjects = findings.filter((finding) => finding.driftCase === driftCase).map(({ subject }) => subject);
    if (subjects.length === 0) return [];
    const more = subjects.length > MAX_NAMED ? ` and ${subjects.length - MAX_NAMED} more` : "";
    const named = subjects.slice(0, MAX_NAMED).map((subject) => printable(subject));
    return [`${words} (drift case ${driftCase}): ${named.join(", ")}${more}`];
  });
  return `outside the control plane, RBAC lets these bypass SecureWorkloads: ${ways.join("; ")}. See status.rbacFindings for the bindings, and remove those that are not needed`;
}
