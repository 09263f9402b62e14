/** Which of its declared permissions a workload has, and why not the others. Pure. */

import type { Limit } from "../../crds/v1alpha1/findings.ts";
import type { PermissionRule } from "../../crds/v1alpha1/permission-menu.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import type { PlatformFacts } from "../../expand/input.ts";
import { type Standing, splitClusterReads, standingOf } from "../../expand/rbac.ts";

/** `get secrets (web-tls)`, or `list, watch applications.argoproj.io`. */
export function permissionText({ apiGroups, resources, verbs, resourceNames = [] }: PermissionRule): string {
  const of = apiGroups.flatMap((group) =>
    resources.map((resource) => (group === "" ? resource : `${resource}.${group}`)),
  );
  const named = resourceNames.length === 0 ? "" : ` (${resourceNames.join(", ")})`;
  return `${verbs.join(", ")} ${of.join(", ")}${named}`;
}

/** `operator` is its account, as `namespace:name`. The Role of the workload is narrower meanwhile; its pods run. */
export function permissionLimits(
  { permissions = [], clusterReads = [] }: Pick<SecureWorkloadSpec, "permissions" | "clusterReads">,
  workload: { readonly namespace: string; readonly name: string },
  platform: PlatformFacts,
  operator: string,
): readonly Limit[] {
  const found = (standing: Standing): readonly string[] =>
    permissions.filter((asked) => standingOf(asked, { spec: {}, workload, platform }) === standing).map(permissionText);
  const [ungranted, unheld] = [found("ungranted"), found("unheld")];
  const reads = splitClusterReads({ spec: { clusterReads }, workload, platform }).ungranted;
  return [
    ...(reads.length === 0
      ? []
      : [
          {
            reason: "PermissionNotGranted",
            message: `clusterReads: ${reads.join(", ")} is not granted to this workload: ask the platform team to list it under permissions in SecurityBaseline/cluster`,
          } as const,
        ]),
    ...(ungranted.length === 0
      ? []
      : [
          {
            reason: "PermissionNotGranted",
            message: `permissions: ${ungranted.join("; ")} is not granted to this workload, so its account does not have it: ask the platform team to list it under permissions in SecurityBaseline/cluster`,
          } as const,
        ]),
    ...(unheld.length === 0
      ? []
      : [
          {
            reason: "PermissionNotHeld",
            message: `permissions: ${unheld.join("; ")} is granted, but the operator does not hold it here and RBAC lets nobody give what he has not: ask the platform team for a role with it, bound by kubectl create rolebinding palisade-grants -n ${workload.namespace} --clusterrole=ROLE --serviceaccount=${operator}`,
          } as const,
        ]),
  ];
}
