/**
 * What lets one person into the pods of a namespace: a Role and a RoleBinding that give the verb which admission asks for. It is no right to
 * exec: that comes from RBAC as ever. Pure.
 */
import { apiVersionOf, type KubeObject, nameOf, type Resource } from "kopf-ts";
import {
  API_VERSION,
  BREAK_GLASS_VERB,
  GRANT_LABEL,
  GROUP,
  MANAGED_BY_LABEL,
  SECURE_WORKLOAD,
  SECURITY_EXCEPTION,
  WORKLOAD_LABEL,
} from "../crds/group.ts";
import { ROLE } from "../kubernetes/kinds.ts";
import { grantName } from "../names.ts";
import type { ExceptionRecord } from "./records/security-exception.ts";

/** Undefined for an exception that lets nobody in. Its owner reference takes it away with the exception, even while the operator is down. */
export function buildGrant(resource: Resource, exception: ExceptionRecord): KubeObject | undefined {
  const { name, uid, user, workload } = exception;
  if (user === undefined) return undefined;
  const { namespace = "", name: workloadName } = nameOf(workload);
  const metadata = {
    name: grantName(name),
    namespace,
    labels: { [MANAGED_BY_LABEL]: "palisade", [WORKLOAD_LABEL]: workloadName, [GRANT_LABEL]: BREAK_GLASS_VERB },
    ownerReferences: [{ apiVersion: API_VERSION, kind: SECURITY_EXCEPTION.kind, name, uid, controller: true }],
  };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...bodyOf(resource, name, user) };
}

const bodyOf = (resource: Resource, exception: string, user: string) =>
  resource === ROLE
    ? { rules: [{ apiGroups: [GROUP], resources: [SECURE_WORKLOAD.plural], verbs: [BREAK_GLASS_VERB] }] }
    : {
        roleRef: { apiGroup: ROLE.group, kind: ROLE.kind, name: grantName(exception) },
        subjects: [{ apiGroup: ROLE.group, kind: "User", name: user }],
      };
