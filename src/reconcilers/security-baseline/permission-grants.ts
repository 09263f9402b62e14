/** What of spec.permissions is in use, for the SecurityBaseline's status. */
import { keyOf } from "kopf-ts";
import { covers, isOnMenu } from "../../crds/v1alpha1/permission-menu.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import type { PermissionGrant } from "../../expand/input.ts";
import { printable } from "../../rbac/privileges.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { permissionText } from "../../state/grants/permissions.ts";
import type { BaselineRecord } from "../../state/records/security-baseline.ts";

export interface GrantInForce {
  readonly namespace: string;
  readonly rules: string;
  readonly reason: string;
  readonly usedBy: readonly string[];
}

const MAX_TEXT = 1_024;

/** One for each grant of the spec, in the order of namespaces. */
export const grantsInForce = ({ namespaces }: BaselineRecord, state: ClusterState): readonly GrantInForce[] =>
  [...namespaces.keys()].flatMap((namespace) =>
    (state.platform(namespace).permissions ?? []).map((grant) => ({
      namespace,
      rules: printable(textOf(grant), MAX_TEXT),
      reason: grant.reason,
      usedBy: grant.workloads.filter((name) => isUsed(declaredBy(namespace, name, state), grant)),
    })),
  );

function textOf({ rules, clusterReads }: PermissionGrant): string {
  const reads = clusterReads.length === 0 ? [] : [`reads ${clusterReads.join(", ")} in the whole cluster`];
  return [...rules.map(permissionText), ...reads].join("; ");
}

type Asked = Pick<SecureWorkloadSpec, "permissions" | "clusterReads">;

function declaredBy(namespace: string, name: string, { workloads, granted }: ClusterState): Asked {
  const workload = workloads.get(keyOf({ namespace, name }));
  return workload === undefined ? {} : (granted.specOf(workload) ?? {});
}

const isUsed = ({ permissions = [], clusterReads = [] }: Asked, grant: PermissionGrant): boolean =>
  permissions.some((asked) => !isOnMenu(asked) && grant.held.some((rule) => covers(rule, asked))) ||
  clusterReads.some((name) => grant.clusterReads.includes(name));
