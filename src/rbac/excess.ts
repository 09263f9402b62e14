/** Permissions of an account beyond its workload's declaration, and the bindings that grant them. Pure. */
import { keyOf, nameOf, type ObjectName } from "kopf-ts";
import { couldMatch } from "../kubernetes/selectors.ts";
import type { FieldManager } from "../plan/field-owner.ts";
import { NOBODYS_SURPLUS } from "./default-rules.ts";
import { type Scope, type Worth, worstOf } from "./privileges.ts";
import type { BindingRecord, RoleRecord } from "./records.ts";
import { beyond, type Rule } from "./rule.ts";
import { accountSubject, identitiesOf } from "./subjects.ts";

/** A binding and where it stands. */
export interface Bound extends BindingRecord {
  readonly kind: "RoleBinding" | "ClusterRoleBinding";
  readonly key: string;
  readonly uid: string;
  /** Whether it has the name of a workload's child, and is put right as that. */
  readonly isChild: boolean;
}

/** What rights are computed from. */
export interface Rbac {
  /** The bindings that name a subject. */
  naming(subject: string): Iterable<Bound>;
  /** By its key in {@link BindingRecord.role}; a binding to a role that is not there grants nothing. */
  role(key: string): RoleRecord | undefined;
  clusterRoles(): Iterable<RoleRecord>;
}

export interface Surplus {
  readonly binding: Bound;
  readonly scope: Scope;
  /** Never empty. */
  readonly rules: readonly Rule[];
  readonly worst: Worth;
  readonly driftCase: string;
  /** Whoever wrote last what makes it a surplus: the binding, its role, or what an aggregated role is made from. */
  readonly changedBy: FieldManager | undefined;
  /** The labels by which others feed the role, where it is an aggregated one (DRIFT 59). */
  readonly feeds: string | undefined;
}

/** The rules that an account is to have: in its own namespace, and in every one. */
export interface Declared {
  readonly home: readonly Rule[];
  readonly everywhere: readonly Rule[];
}

/** The worst first. */
export function surplusOf(account: ObjectName, declared: Declared, rbac: Rbac): readonly Surplus[] {
  const bindings = new Map(
    identitiesOf(account).flatMap((subject) =>
      [...rbac.naming(subject)].map((bound) => [`${bound.kind}/${bound.key}`, bound] as const),
    ),
  );
  return [...bindings.values()]
    .flatMap((bound) => throughBinding(bound, account, declared, rbac))
    .sort((a, b) => a.worst.rank - b.worst.rank || (a.binding.key < b.binding.key ? -1 : 1));
}

function throughBinding(bound: Bound, account: ObjectName, declared: Declared, rbac: Rbac): readonly Surplus[] {
  const role = rbac.role(bound.role);
  if (role === undefined) return [];
  const { scope, rules: granted } = grantedBy(bound, role);
  const isHome = scope === "namespace" && nameOf(bound.key).namespace === account.namespace;
  const rules = beyond(granted, isHome ? [...declared.home, ...declared.everywhere] : declared.everywhere);
  const worst = worstOf(rules, scope);
  if (worst === undefined) return [];
  const roleWriter = writerOf(role, rbac);
  // Of the same second, the binding is what was done to the account; the role may have been made for it.
  const grew = (roleWriter?.time ?? "") > (bound.writer?.time ?? "");
  return [
    {
      binding: bound,
      scope,
      rules,
      worst,
      driftCase: grew ? "59" : caseOf(bound, account),
      changedBy: grew ? roleWriter : bound.writer,
      feeds: feedsOf(role),
    },
  ];
}

/** The rules are compared with what everybody may have once for each state of a role, not once for each account. */
const beyondBootstrap = new WeakMap<readonly Rule[], readonly Rule[]>();

/** What of a role a binding makes hold, beyond what is nobody's surplus. URLs belong to no namespace. */
function grantedBy({ kind }: Bound, { rules }: RoleRecord): { readonly scope: Scope; readonly rules: readonly Rule[] } {
  let known = beyondBootstrap.get(rules);
  if (known === undefined) {
    known = beyond(rules, NOBODYS_SURPLUS);
    beyondBootstrap.set(rules, known);
  }
  return kind === "ClusterRoleBinding"
    ? { scope: "cluster", rules: known }
    : { scope: "namespace", rules: known.filter(({ nonResourceURLs }) => nonResourceURLs.length === 0) };
}

function caseOf({ kind, subjects }: Bound, account: ObjectName): string {
  if (!subjects.includes(accountSubject(keyOf(account)))) return "57";
  return kind === "ClusterRoleBinding" ? "58" : "56";
}

/** The control plane writes an aggregated role; whoever wrote the newest of its parts is the one to ask. */
function writerOf(role: RoleRecord, rbac: Rbac): FieldManager | undefined {
  const { aggregates } = role;
  if (aggregates === undefined) return role.writer;
  const parts = [...rbac.clusterRoles()].filter(({ labels }) => aggregates.some((one) => couldMatch(one, labels)));
  return parts.flatMap(({ writer }) => writer ?? []).sort((a, b) => (b.time ?? "").localeCompare(a.time ?? ""))[0];
}

function feedsOf({ aggregates }: RoleRecord): string | undefined {
  if (aggregates === undefined) return undefined;
  return aggregates
    .flatMap(({ matchLabels = {}, matchExpressions = [] }) => [
      ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
      ...matchExpressions.map(({ key, operator, values = [] }) => `${key} ${operator} ${values.join(",")}`.trim()),
    ])
    .join(", ");
}
