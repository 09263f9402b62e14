import { stringify } from "yaml";
import { DEFAULT_INSTALLATION, type Installation, installationIn } from "../../src/admission/identities.ts";
import { ADMISSION_POLICIES, admissionObjects } from "../../src/admission/index.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import {
  KEEPER_LEASE_RULES,
  keeperRules,
  OPERATOR_LEASE_RULES,
  OPERATOR_RULES,
} from "../../src/reconcilers/permissions.ts";
import type { PolicyRule } from "../../src/reconcilers/policy-rule.ts";
import { TEAM_ROLES } from "./team-roles.ts";

const RBAC = "rbac.authorization.k8s.io";

const POLICY_NAMES = ADMISSION_POLICIES.flatMap(admissionObjects).map(({ metadata }) => metadata.name);

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
    leaseRules: OPERATOR_LEASE_RULES,
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
  const { account, role, rules, leaseRole, leaseRules } = process;
  const apiVersion = `${RBAC}/v1`;
  const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } },
    { apiVersion, kind: "ClusterRole", metadata: { name: role }, rules },
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
      subjects,
    },
    { apiVersion, kind: "Role", metadata: { name: leaseRole, namespace }, rules: leaseRules },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata: { name: leaseRole, namespace },
      roleRef: { apiGroup: RBAC, kind: "Role", name: leaseRole },
      subjects,
    },
  ];
}

/** For people: bound to nobody, but what is aggregated into the roles that people have. */
const ROLES_OF_PEOPLE: readonly KubeObject[] = [
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: {
      name: "palisade-edit",
      labels: {
        "rbac.authorization.k8s.io/aggregate-to-edit": "true",
        "rbac.authorization.k8s.io/aggregate-to-admin": "true",
      },
    },
    rules: [
      {
        apiGroups: ["palisade.dev"],
        resources: ["secureworkloads", "secureworkloads/scale"],
        verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
      },
    ],
  },
  {
    // Bound to nobody: the platform team binds it in a namespace whose pods shall roll when a Secret changes.
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "palisade-secret-versions" },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "palisade-view", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
    rules: [
      {
        apiGroups: ["palisade.dev"],
        resources: [
          "secureworkloads",
          "secureworkloads/status",
          "securitybaselines",
          "securitybaselines/status",
          "securityexceptions",
          "securityexceptions/status",
        ],
        verbs: ["get", "list", "watch"],
      },
    ],
  },
  // Aggregated into nothing: who may grant is bound to it by name.
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "palisade-platform" },
    rules: [
      {
        apiGroups: ["palisade.dev"],
        resources: ["securitybaselines", "securityexceptions"],
        verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
      },
      // A verb of our own, which admission policies ask for where only the platform team may act.
      { apiGroups: ["palisade.dev"], resources: ["securitybaselines"], verbs: ["manage"] },
      {
        apiGroups: ["palisade.dev"],
        resources: [
          "securitybaselines/status",
          "securityexceptions/status",
          "secureworkloads",
          "secureworkloads/status",
        ],
        verbs: ["get", "list", "watch"],
      },
    ],
  },
  ...TEAM_ROLES,
];

/** Everything but the namespace itself, for an installation in any. */
export const rbacObjects = (namespace: string): readonly KubeObject[] => [
  ...processesOf(installationIn(namespace)).flatMap((process) => accountOf(process, namespace)),
  ...ROLES_OF_PEOPLE,
];

const objects: readonly KubeObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: DEFAULT_INSTALLATION.namespace } },
  ...rbacObjects(DEFAULT_INSTALLATION.namespace),
];

export const rbacFile = {
  path: "config/rbac/operator.yaml",
  render: () =>
    `# generated by make generate, do not edit\n${objects
      .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
      .join("---\n")}`,
};
