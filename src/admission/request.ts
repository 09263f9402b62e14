/** CEL about a request: its user and its objects. Every expression tolerates missing fields. */
import { EVERY_NAME, GROUP } from "../crds/group.ts";
import { controlPlaneUsers, type Installation, KEDA_ACCOUNT, NODES_GROUP, operatorUser } from "../installation.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import type { AdmissionPolicy } from "./policy.ts";

type Named = AdmissionPolicy["conditions"][number];

/** `object` is null on deletion, `oldObject` on creation. */
export type Side = "object" | "oldObject";
export const SIDES: readonly Side[] = ["object", "oldObject"];

/** Request fields that are absent when empty. */
export const SUBRESOURCE = "request.?subResource.orValue('')";
export const REQUEST_NAME = "request.?name.orValue('')";

const ACCOUNT_PREFIX = "system:serviceaccount:";
const isNamed = (users: readonly string[]): string => `request.userInfo.username in ${celList(users)}`;

/** Every token of a ServiceAccount has an id, which the API server tells (KEP-4193). `impersonate` on accounts, which `edit` has, gives their names and groups alone. */
export const hasToken = ({ verifyTokens }: Installation): string =>
  verifyTokens ? "'authentication.kubernetes.io/credential-id' in request.userInfo.?extra.orValue({})" : "true";

/** Whether one of them asks, and is no ServiceAccount in name alone. */
export function isUser(where: Installation, ...users: readonly string[]): string {
  const accounts = users.filter((user) => user.startsWith(ACCOUNT_PREFIX));
  const others = users.filter((user) => !user.startsWith(ACCOUNT_PREFIX));
  return any(
    ...(others.length === 0 ? [] : [isNamed(others)]),
    ...(accounts.length === 0 ? [] : [all(isNamed(accounts), hasToken(where))]),
  );
}

export const isNode = `${celText(NODES_GROUP)} in request.userInfo.?groups.orValue([])`;

const unless = (name: string, expression: string): Named => ({ name, expression: `!(${expression})` });

/** Excludes requests of the operator and the control plane. */
export const byOthers = (installation: Installation): Named =>
  unless("by-others", isUser(installation, operatorUser(installation), ...controlPlaneUsers(installation)));

/** Excludes requests of the control plane only. */
export const notByControlPlane = (installation: Installation): Named =>
  unless("not-by-control-plane", isUser(installation, ...controlPlaneUsers(installation)));

/**
 * Whether KEDA asks, wherever it runs: an account of that name which RBAC lets write the status of every ScaledObject, as nothing but a
 * ClusterRoleBinding can. A namespace called keda, or an account of that name, is anybody's to create.
 */
export const isKeda = (where: Installation): string =>
  any(
    all(
      hasToken(where),
      `request.userInfo.username.matches(${celText(`^system:serviceaccount:[^:]+:${KEDA_ACCOUNT}$`)})`,
      "authorizer.group('keda.sh').resource('scaledobjects').subresource('status').check('update').allowed()",
    ),
    ...(where.keda === undefined ? [] : [isUser(where, where.keda)]),
  );

export const notByNodes: Named = unless("not-by-nodes", isNode);

/** A custom verb on one of our kinds: RBAC decides, and `cluster-admin` has all verbs. */
export const mayInCluster = (verb: string): string =>
  `authorizer.group(${celText(GROUP)}).resource('securitybaselines').check(${celText(verb)}).allowed()`;

/** The platform team's verb. It is cluster-scoped, so no namespaced role can grant it. */
export const mayManage = mayInCluster("manage");

/** A map field by path, empty if the object or field is missing. */
export const mapAt = (side: Side, ...path: readonly string[]): string =>
  `(${side} == null ? {} : ${[side, ...path].join(".?")}.orValue({}))`;

export const listAt = (side: Side, ...path: readonly string[]): string =>
  `(${side} == null ? [] : ${[side, ...path].join(".?")}.orValue([]))`;

export const finalizersAt = (side: Side): string => listAt(side, "metadata", "finalizers");

/** Name of the old object, or of the new one. `request.name` is empty for collection deletes. */
export const nameOfObject = "(oldObject == null ? object : oldObject).?metadata.?name.orValue('')";

/**
 * A comma-delimited list in an annotation of the namespace, empty if missing; `holds` finds a whole name in it.
 * Match conditions cannot use the namespace.
 */
export const namespaceList = (annotation: string): string =>
  `namespaceObject.?metadata.?annotations[?${celText(annotation)}].orValue('')`;

export const holds = (list: string, name: string): string => `${list}.contains(',' + ${name} + ',')`;

/** As {@link holds}, in a list that may stand for every name, where there are more than an annotation takes. */
export const protects = (list: string, name: string): string => any(holds(list, name), isEveryName(list));

/** Whether a list stands for every name. */
export const isEveryName = (list: string): string => `${list} == ${celText(`,${EVERY_NAME},`)}`;
