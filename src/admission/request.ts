/** What policies ask of a request: who makes it, and what is in the objects it brings. Every piece holds for sparse objects too. */
import { GROUP } from "../crds/group.ts";
import { celList, celText } from "./cel.ts";
import { CONTROL_PLANE_USERS, type Installation, NODES_GROUP, operatorUser } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";

type Named = AdmissionPolicy["conditions"][number];

/** `object` is null when something is deleted, `oldObject` when it is created. */
export type Side = "object" | "oldObject";
export const SIDES: readonly Side[] = ["object", "oldObject"];

/** Fields of the request that are not there where they are empty. */
export const SUBRESOURCE = "request.?subResource.orValue('')";
export const REQUEST_NAME = "request.?name.orValue('')";

export const isUser = (...users: readonly string[]): string => `request.userInfo.username in ${celList(users)}`;

export const isNode = `${celText(NODES_GROUP)} in request.userInfo.?groups.orValue([])`;

const unless = (name: string, expression: string): Named => ({ name, expression: `!(${expression})` });

/** Requests of the operator and of the control plane are not looked at. */
export const byOthers = (installation: Installation): Named =>
  unless("by-others", isUser(operatorUser(installation), ...CONTROL_PLANE_USERS));

/** Those of the control plane alone are not. */
export const notByControlPlane: Named = unless("not-by-control-plane", isUser(...CONTROL_PLANE_USERS));

export const notByNodes: Named = unless("not-by-nodes", isNode);

/** A verb of our own on a kind of ours: RBAC answers, and `cluster-admin` holds them all. */
export const mayInCluster = (verb: string): string =>
  `authorizer.group(${celText(GROUP)}).resource('securitybaselines').check(${celText(verb)}).allowed()`;

/** Held by the platform team: cluster-scoped, so that no role of a namespace can hold it. */
export const mayManage = mayInCluster("manage");

/** A field by its path as a map, empty where the object or the field is not there. */
export const mapAt = (side: Side, ...path: readonly string[]): string =>
  `(${side} == null ? {} : ${[side, ...path].join(".?")}.orValue({}))`;

export const listAt = (side: Side, ...path: readonly string[]): string =>
  `(${side} == null ? [] : ${[side, ...path].join(".?")}.orValue([]))`;

/** Of the object as it was, or as it is to be where it was not. For a list of objects that are deleted together, `request.name` is empty. */
export const nameOfObject = "(oldObject == null ? object : oldObject).?metadata.?name.orValue('')";

/**
 * A list between commas that stands on the namespace, empty where it is not there: `holds` finds a whole name in it.
 * The namespace is not known to match conditions.
 */
export const namespaceList = (annotation: string): string =>
  `namespaceObject.?metadata.?annotations[?${celText(annotation)}].orValue('')`;

export const holds = (list: string, name: string): string => `${list}.contains(',' + ${name} + ',')`;
