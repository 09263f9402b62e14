/** Permissions that lead nowhere by themselves, and that nobody should hold unasked. */

import { allows, type Rule as Permission } from "../../rbac/rule.ts";
import type { Role } from "../facts/model.ts";
import { brokenAt, type Rule } from "./rule.ts";

const WRITE = ["create", "update", "patch"];
const DELETE = ["delete", "deletecollection"];

type On = readonly [group: string, resources: readonly string[]];

interface Further extends Pick<Rule, "id" | "title" | "reason" | "fix" | "attack" | "cis"> {
  readonly verbs: readonly string[];
  readonly on: readonly On[];
}

const PALISADE = "the permissions of a SecureWorkload are of its namespace, from a list, and name what they change";

const FURTHER: readonly Further[] = [
  {
    id: "writes-secrets",
    title: "right to write Secrets",
    reason: "Whoever writes a Secret gives others a credential of their own choice, or takes theirs away.",
    fix: "Name the Secrets, or leave them to one controller.",
    attack: ["T1098"],
    cis: ["5.1.2"],
    verbs: [...WRITE, ...DELETE],
    on: [["", ["secrets"]]],
  },
  {
    id: "forwards-ports",
    title: "right to forward ports",
    reason: "A forwarded port passes by every NetworkPolicy.",
    fix: "Grant it to people, one namespace at a time, and to no account.",
    attack: ["T1021"],
    cis: [],
    verbs: ["create", "get"],
    on: [["", ["pods/portforward"]]],
  },
  {
    id: "deletes-workloads",
    title: "right to delete what runs",
    reason: "Whoever deletes workloads, claims or namespaces stops the service, and takes its data.",
    fix: "Leave it to the tool that deploys, in its own namespaces.",
    attack: ["T1499"],
    cis: [],
    verbs: DELETE,
    on: [
      ["", ["pods", "persistentvolumeclaims", "persistentvolumes", "namespaces", "replicationcontrollers"]],
      ["apps", ["deployments", "statefulsets", "daemonsets", "replicasets"]],
      ["batch", ["jobs", "cronjobs"]],
    ],
  },
  {
    id: "deletes-traces",
    title: "right to delete traces",
    reason: "Without Events and logs nobody sees what happened.",
    fix: "Remove the right: Events end by themselves.",
    attack: ["T1499"],
    cis: [],
    verbs: DELETE,
    on: [
      ["", ["events", "pods/log"]],
      ["events.k8s.io", ["events"]],
    ],
  },
  {
    id: "writes-network",
    title: "right to change where traffic goes",
    reason:
      "Policies, Services and routes decide who reaches whom: whoever writes them opens what is closed, or takes traffic from others.",
    fix: "Leave them to the tool that deploys, and to the platform team.",
    attack: ["T1133"],
    cis: [],
    verbs: [...WRITE, ...DELETE],
    on: [
      ["networking.k8s.io", ["networkpolicies", "ingresses"]],
      ["", ["services", "endpoints"]],
      ["discovery.k8s.io", ["endpointslices"]],
      ["gateway.networking.k8s.io", ["httproutes", "gateways"]],
    ],
  },
  {
    id: "writes-config-maps",
    title: "right to write ConfigMaps",
    reason: "Programs believe their settings: in kube-system those of the cluster's DNS stand in a ConfigMap.",
    fix: "Name the ConfigMaps.",
    attack: ["T1556"],
    cis: [],
    verbs: [...WRITE, ...DELETE],
    on: [["", ["configmaps"]]],
  },
];

/** Of Roles and ClusterRoles that are not the API server's own, whoever is bound to them. With names they are what is recommended. */
export const FURTHER_RIGHTS: readonly Rule[] = FURTHER.map(({ verbs, on, ...about }) => ({
  ...about,
  palisade: PALISADE,
  broken: function* ({ facts }) {
    for (const role of facts.roles.values())
      if (!role.isDefault && rulesOf(role).some((rule) => isFound(rule, verbs, on)))
        yield brokenAt("info", about.title, role.place, "");
  },
}));

/** Of whoever may do everything nothing else is told. */
const rulesOf = ({ record: { rules } }: Role): readonly Permission[] =>
  rules.some(({ verbs, apiGroups, resources }) => [verbs, apiGroups, resources].every((one) => one.includes("*")))
    ? []
    : rules.filter(({ resourceNames }) => resourceNames.length === 0);

const isFound = (rule: Permission, verbs: readonly string[], on: readonly On[]): boolean =>
  on.some(([group, resources]) =>
    resources.some((resource) => verbs.some((verb) => allows(rule, { verb, group, resource }))),
  );
