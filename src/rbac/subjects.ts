/** Who a binding names, and which of them a workload's account is. Pure. */
import { keyOf, type ObjectName } from "kopf-ts";
import { CONTROL_PLANE_USERS, type Installation, keeperUser, NODES_GROUP, operatorUser } from "../installation.ts";

/** A subject as it stands in a binding. */
export interface RawSubject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

const ACCOUNT_USER = /^system:serviceaccount:([^:]+):([^:]+)$/;
const ACCOUNTS_GROUP = "system:serviceaccounts";

export const accountSubject = (key: string): string => `ServiceAccount ${key}`;

/** The `namespace/name` of the account whose user this is; undefined for any other user. */
export function accountOfUser(user: string): string | undefined {
  const [, namespace, name] = ACCOUNT_USER.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

/**
 * `Group readers`, `User alice` or `ServiceAccount shop/web`. An account has one form however the binding writes it: named as a user,
 * it holds the role all the same (DRIFT 56, 58). Without a namespace it is one of the binding's own, as the authorizer reads it.
 */
export function subjectOf({ kind, name, namespace }: RawSubject, bindingNamespace: string | undefined): string {
  if (kind === "ServiceAccount")
    return accountSubject(keyOf({ namespace: namespace || (bindingNamespace ?? ""), name }));
  const account = kind === "User" ? accountOfUser(name) : undefined;
  return account === undefined ? `${kind} ${name}` : accountSubject(account);
}

/** The `namespace/name` of an account; undefined for any other subject. */
export function accountIn(subject: string): string | undefined {
  const prefix = accountSubject("");
  return subject.startsWith(prefix) ? subject.slice(prefix.length) : undefined;
}

/** The groups that the API server puts an account of this namespace in. */
export const accountGroups = (namespace: string): readonly string[] => [
  `Group ${ACCOUNTS_GROUP}`,
  `Group ${ACCOUNTS_GROUP}:${namespace}`,
  "Group system:authenticated",
];

/** Everything that a binding may name to mean this account. */
export const identitiesOf = (account: ObjectName): readonly string[] => [
  accountSubject(keyOf(account)),
  ...accountGroups(account.namespace ?? ""),
];

/** Whose accounts a group holds: one namespace's, everybody's, or nobody's. */
export type Membership = { readonly namespace: string } | "everybody" | undefined;

export function membershipOf(subject: string): Membership {
  const prefix = `Group ${ACCOUNTS_GROUP}:`;
  if (subject.startsWith(prefix)) return { namespace: subject.slice(prefix.length) };
  return subject === `Group ${ACCOUNTS_GROUP}` || subject === "Group system:authenticated" ? "everybody" : undefined;
}

const CONTROL_PLANE: ReadonlySet<string> = new Set([
  "Group system:masters",
  `Group ${NODES_GROUP}`,
  ...CONTROL_PLANE_USERS.map((name) => subjectOf({ kind: "User", name }, undefined)),
]);

const CONTROLLER = /^ClusterRole\/system:controller:(.+)$/;

/** The operator's own account. */
export const operatorSubject = (installation: Installation): string =>
  subjectOf({ kind: "User", name: operatorUser(installation) }, undefined);

/** The accounts of Palisade, and who else is the control plane here. */
export const accountsOf = (installation: Installation): ReadonlySet<string> =>
  new Set(
    [operatorUser(installation), keeperUser(installation), ...installation.controlPlane].map((name) =>
      subjectOf({ kind: "User", name }, undefined),
    ),
  );

/** The cluster itself: whoever is part of it is beyond RBAC. A controller is known by its own role, too. */
export function isControlPlane(subject: string, role: string): boolean {
  const [, controller] = CONTROLLER.exec(role) ?? [];
  return (
    CONTROL_PLANE.has(subject) || (controller !== undefined && subject === accountSubject(`kube-system/${controller}`))
  );
}
