import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { parseAllDocuments } from "yaml";
import { admissionObjects } from "../../src/admission/index.ts";
import { AUDIT_RULES } from "../../src/commands/audit/kinds.ts";
import { DEFAULT_INSTALLATION, type Installation, installationIn } from "../../src/installation.ts";
import type { PolicyRule } from "../../src/kubernetes/policy-rule.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import {
  KEEPER_LEASE_RULES,
  keeperRules,
  OPERATOR_OWN_RULES,
  OPERATOR_RULES,
} from "../../src/reconcilers/permissions.ts";
import { type GeneratedFile, yamlFile } from "./generated-file.ts";

const RBAC = "rbac.authorization.k8s.io";

const POLICY_NAMES = ADMISSION_POLICIES.flatMap(admissionObjects).map(({ metadata }) => metadata.name);

/** Of the CronJob that audits the cluster, where the chart's values ask for it. */
const AUDIT = "palisade-audit";

interface Process {
  readonly account: string;
  /** Of the ClusterRole, and of what binds it. */
  readonly role: string;
  readonly rules: readonly PolicyRule[];
  /** Of the Role in the installation's own namespace, and of what binds it. */
  readonly leaseRole: string;
  readonly leaseRules: readonly PolicyRule[];
}

const processesOf = ({ account, keeper }: Installation): readonly Process[] => [
  {
    account,
    role: "palisade-operator",
    rules: OPERATOR_RULES,
    leaseRole: "palisade-leader-election",
    leaseRules: OPERATOR_OWN_RULES,
  },
  {
    account: keeper,
    role: keeper,
    rules: keeperRules(POLICY_NAMES),
    leaseRole: keeper,
    leaseRules: KEEPER_LEASE_RULES,
  },
];

function accountOf(process: Process, namespace: string): readonly KubeObject[] {
  const { account, leaseRole, leaseRules } = process;
  const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
  return [
    ...clusterAccountOf(process, namespace),
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name: leaseRole, namespace }, rules: leaseRules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name: leaseRole, namespace },
      roleRef: { apiGroup: RBAC, kind: "Role", name: leaseRole },
      subjects,
    },
  ];
}

type ClusterAccount = Pick<Process, "account" | "role" | "rules">;

function clusterAccountOf({ account, role, rules }: ClusterAccount, namespace: string): readonly KubeObject[] {
  const apiVersion = `${RBAC}/v1`;
  return [
    // The pods bring a token of their own, which expires; nothing else that runs under the account gets one by itself.
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: account, namespace },
      automountServiceAccountToken: false,
    },
    { apiVersion, kind: "ClusterRole", metadata: { name: role }, rules },
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name: account, namespace }],
    },
  ];
}

/** Reads alone. */
export const auditRbacObjects = (namespace: string): readonly KubeObject[] =>
  clusterAccountOf({ account: AUDIT, role: AUDIT, rules: AUDIT_RULES }, namespace);

/** For people, edited by hand. */
const teamRoles = (): readonly KubeObject[] =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, "../../config/rbac/roles.yaml"), "utf8")).map(
    (document) => document.toJS() as KubeObject,
  );

/** Everything but the namespace itself, for an installation in any. */
export const rbacObjects = (namespace: string): readonly KubeObject[] => [...accounts(namespace), ...teamRoles()];

const accounts = (namespace: string): readonly KubeObject[] =>
  processesOf(installationIn(namespace)).flatMap((process) => accountOf(process, namespace));

export const rbacFiles: readonly GeneratedFile[] = [
  yamlFile("config/rbac/operator.yaml", () => [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: DEFAULT_INSTALLATION.namespace } },
    ...accounts(DEFAULT_INSTALLATION.namespace),
  ]),
  // The chart puts the release's namespace in the place of this one.
  yamlFile("charts/palisade/files/rbac.yaml", () => rbacObjects(DEFAULT_INSTALLATION.namespace)),
  yamlFile("charts/palisade/files/audit-rbac.yaml", () => auditRbacObjects(DEFAULT_INSTALLATION.namespace)),
];
