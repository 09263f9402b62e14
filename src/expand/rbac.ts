import type { KubeObject } from "kopf-ts";
import { covers, isOnMenu, type PermissionRule } from "../crds/v1alpha1/permission-menu.ts";
import { ROLE, ROLE_BINDING } from "../kubernetes/kinds.ts";
import { rbacName } from "../names.ts";
import { child, type ExpandInput, type PermissionGrant } from "./input.ts";

type Asking = Pick<ExpandInput, "platform"> & {
  readonly spec: Pick<ExpandInput["spec"], "permissions" | "clusterReads">;
  readonly workload: Pick<ExpandInput["workload"], "name">;
};

/** Why a workload has an entry of its permissions, or has it not: `unheld` is granted, but the operator cannot give what it has not. */
export type Standing = "menu" | "granted" | "unheld" | "ungranted";

/** One rule of a grant allows an entry as a whole. */
export function standingOf(asked: PermissionRule, { workload, platform }: Asking): Standing {
  if (isOnMenu(asked)) return "menu";
  const grants = (platform.permissions ?? []).filter(({ workloads }) => workloads.includes(workload.name));
  const isIn = (rules: (grant: PermissionGrant) => readonly PermissionRule[]): boolean =>
    grants.some((grant) => rules(grant).some((rule) => covers(rule, asked)));
  if (isIn(({ held }) => held)) return "granted";
  return isIn(({ rules }) => rules) ? "unheld" : "ungranted";
}

/** Whether a workload asks the Kubernetes API for anything that its account must be allowed. */
export const asksKubernetes = ({
  permissions = [],
  clusterReads = [],
}: Pick<ExpandInput["spec"], "permissions" | "clusterReads">) => permissions.length > 0 || clusterReads.length > 0;

/** Those of its declared cluster-wide reads that the platform team grants the workload, and the others. */
export function splitClusterReads({
  spec,
  workload,
  platform,
}: Asking): Readonly<Record<"granted" | "ungranted", readonly string[]>> {
  const grants = (platform.permissions ?? []).filter(({ workloads }) => workloads.includes(workload.name));
  const isGranted = (name: string): boolean => grants.some(({ clusterReads }) => clusterReads.includes(name));
  const declared = spec.clusterReads ?? [];
  return { granted: declared.filter(isGranted), ungranted: declared.filter((name) => !isGranted(name)) };
}

/** Exactly the declared permissions that the workload may have, in this namespace; no Role if there is none. */
export function buildRole(input: ExpandInput): KubeObject | undefined {
  const rules = roleRules(input);
  return rules.length === 0 ? undefined : child(ROLE, input.workload, rbacName(input.workload.name), { rules });
}

/** The rules of the workload's Role: what is declared, and on the menu or granted. */
export const roleRules = (asking: Asking) =>
  (asking.spec.permissions ?? [])
    .filter((asked) => ["menu", "granted"].includes(standingOf(asked, asking)))
    .map(({ apiGroups, resources, verbs, resourceNames }) => ({
      apiGroups: [...apiGroups],
      resources: [...resources],
      verbs: [...verbs],
      ...(resourceNames === undefined || resourceNames.length === 0 ? {} : { resourceNames: [...resourceNames] }),
    }));

export function buildRoleBinding(input: ExpandInput): KubeObject | undefined {
  if (roleRules(input).length === 0) return undefined;
  const { name, namespace } = input.workload;
  return child(ROLE_BINDING, input.workload, rbacName(name), {
    roleRef: { apiGroup: ROLE.group, kind: ROLE.kind, name: rbacName(name) },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
}
