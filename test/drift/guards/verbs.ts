/** Every resource that is served, with every verb and subresource: a policy watches it, no tenant has it, or a line says why it does no harm. */

import { type Client, type KubeObject, pathOf } from "kopf-ts";
import type { AdmissionPolicy, ResourceRule } from "../../../src/admission/policy.ts";
import { CLUSTER_ROLE } from "../../../src/kubernetes/kinds.ts";
import type { PolicyRule } from "../../../src/kubernetes/policy-rule.ts";
import { entryFor, type Judged } from "./judged.ts";

export interface Verb {
  readonly group: string;
  /** With its subresource, as `pods/exec`. */
  readonly resource: string;
  readonly verb: string;
}

export interface Covered extends Verb {
  /** The policies that are asked of it. */
  readonly policies: readonly string[];
  /** The roles of tenants that grant it. */
  readonly roles: readonly string[];
  /** Why it does no harm, where neither a policy nor RBAC stands before it. */
  readonly reason: string | undefined;
}

/** Who is not of the platform team has one of these, and only in a namespace. */
export const TENANT_ROLES = ["edit", "admin", "palisade-app-team"] as const;

const OPERATIONS: Readonly<Record<string, ResourceRule["operations"][number]>> = {
  create: "CREATE",
  update: "UPDATE",
  patch: "UPDATE",
  delete: "DELETE",
  deletecollection: "DELETE",
};

/** The API server hands these on to a node or a pod, by whichever verb they come. */
export const CONNECTED = /^(pods\/(exec|attach|portforward|proxy)|(services|nodes)\/proxy)$/;

/** It guards one namespace alone, whatever is in it. */
const IN_ONE_PLACE = "kubernetes.io/metadata.name";

export const operationOf = ({ resource, verb }: Verb): string | undefined =>
  CONNECTED.test(resource) ? "CONNECT" : OPERATIONS[verb];

const names = (list: readonly string[], name: string): boolean => list.includes("*") || list.includes(name);

function namesResource(list: readonly string[], resource: string): boolean {
  const [plural, subresource] = resource.split("/");
  return list.some((one) => {
    const [named, sub] = one.split("/");
    return (
      (named === "*" || named === plural) &&
      (sub === subresource || (sub === "*" && subresource !== undefined) || one === "*/*")
    );
  });
}

/** Such a policy holds an account of Palisade's own, and nobody else. */
const HOLDS_OUR_ACCOUNT = ["by-operator", "by-the-operator"];

const isForOthers = ({ bindings, conditions }: AdmissionPolicy): boolean =>
  !bindings.every(({ namespaces }) => namespaces?.label === IN_ONE_PLACE) &&
  !conditions.some(({ name }) => HOLDS_OUR_ACCOUNT.includes(name));

function isAsked(policy: AdmissionPolicy, verb: Verb): boolean {
  const operation = operationOf(verb);
  if (operation === undefined || !isForOthers(policy)) return false;
  return policy.rules.some(
    ({ apiGroups, resources, operations }) =>
      names(apiGroups, verb.group) &&
      namesResource(resources, verb.resource) &&
      (operations as readonly string[]).includes(operation),
  );
}

const isGranted = (rules: readonly PolicyRule[], { group, resource, verb }: Verb): boolean =>
  rules.some(
    (rule) => names(rule.apiGroups ?? [], group) && names(rule.resources ?? [], resource) && names(rule.verbs, verb),
  );

export interface Cluster {
  readonly verbs: readonly Verb[];
  readonly roles: ReadonlyMap<string, readonly PolicyRule[]>;
}

/** Pure. */
export function coverageOf(
  { verbs, roles }: Cluster,
  policies: readonly AdmissionPolicy[],
  lists: Judged,
): readonly Covered[] {
  return verbs.map((verb) => ({
    ...verb,
    policies: policies.filter((policy) => isAsked(policy, verb)).map(({ name }) => name),
    roles: [...roles].flatMap(([role, rules]) => (isGranted(rules, verb) ? [role] : [])),
    reason: entryFor(lists.verbs, { on: onOf(verb), path: verb.verb, user: "wide" })?.reason,
  }));
}

export const onOf = ({ group, resource }: Verb): string => (group === "" ? resource : `${resource}.${group}`);

/** Writes that neither a policy nor RBAC stops, and reads that tenants have: each needs its line. */
export const isOpen = ({ policies, roles, reason, ...verb }: Covered): boolean =>
  reason === undefined && policies.length === 0 && (operationOf(verb) !== undefined || roles.length > 0);

interface ApiResource {
  readonly name: string;
  readonly group?: string;
  readonly verbs: readonly string[];
}

/** What the API server serves, and what tenants may. */
export async function readCluster(client: Client): Promise<Cluster> {
  const read = <T>(path: string): Promise<T> =>
    client.transport.request<T>({ method: "GET", path, accept: "application/json" });
  const { groups } = await read<{
    readonly groups: readonly {
      readonly name: string;
      readonly versions: readonly { readonly groupVersion: string }[];
    }[];
  }>("/apis");
  const sources = [
    { group: "", path: "/api/v1" },
    ...groups.flatMap(({ name, versions }) =>
      versions.map(({ groupVersion }) => ({ group: name, path: `/apis/${groupVersion}` })),
    ),
  ];
  const verbs = new Map<string, Verb>();
  for (const { group, path } of sources) {
    const { resources } = await read<{ readonly resources: readonly ApiResource[] }>(path);
    for (const { name: resource, verbs: served } of resources)
      for (const verb of served) verbs.set(`${group}/${resource} ${verb}`, { group, resource, verb });
  }
  const roles = new Map<string, readonly PolicyRule[]>();
  for (const name of TENANT_ROLES) {
    const role = await client.transport.request<KubeObject & { readonly rules?: readonly PolicyRule[] }>({
      method: "GET",
      path: pathOf(CLUSTER_ROLE, { name }),
    });
    roles.set(name, role.rules ?? []);
  }
  return { verbs: [...verbs.values()].sort((one, other) => (onOf(one) < onOf(other) ? -1 : 1)), roles };
}
